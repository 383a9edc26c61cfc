"""What stands in rows from left to right, volumes or stacks of maps, with the layout of graphs between."""
