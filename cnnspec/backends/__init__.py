"""Networks in the form that runs: Torch modules, and a NumPy reference."""
