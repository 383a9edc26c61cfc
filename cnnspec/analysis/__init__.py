"""Folds over facts: tables of figures, receptive fields, claims, lints, explanations."""
