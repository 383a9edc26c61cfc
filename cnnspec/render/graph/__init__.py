"""The graph style: cards, merges as circles, blocks as dashed groups."""
