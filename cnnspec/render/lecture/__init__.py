"""Pictures of what networks make of a picture, from plain numbers: nothing here knows arrays, or where they come from."""
