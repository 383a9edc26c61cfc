"""TimeLimit for cnnspec: training ends after a given time."""
