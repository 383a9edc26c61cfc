"""The text style: the cards of the graph as boxes for a terminal."""
