"""Layer kinds: frozen declarations that state their facts."""
