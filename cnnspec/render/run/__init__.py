"""Pictures of a trained network, from plain numbers: nothing here knows Torch, or where a run lies."""
