"""The receptive-field style: the pyramid of one unit, measured back to the input."""
