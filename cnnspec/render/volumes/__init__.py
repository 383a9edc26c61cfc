"""The volumes style: layers as boxes in cabinet projection, after figure 2 of Krizhevsky et al. 2012."""
