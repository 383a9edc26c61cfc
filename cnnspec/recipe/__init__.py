"""What a recipe names, as declarations: data, optimizers, losses, metrics, callbacks. No Torch here."""
