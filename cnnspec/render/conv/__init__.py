"""The conv style: the arithmetic of a sliding window, step by step."""
