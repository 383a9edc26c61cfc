"""How diagnostics are written for people and for programs."""
