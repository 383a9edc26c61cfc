"""Training: data, the loop, callbacks, checkpoints."""
