"""A folder of pictures with an index page."""
