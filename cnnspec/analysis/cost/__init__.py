"""What a network costs on a machine: whether its memory is enough, what would help if not, and the time it takes at least."""
