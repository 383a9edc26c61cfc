"""The maps style: feature maps as stacks of squares, after figure 2 of LeCun et al. 1998."""
