"""Pictures of networks, drawn from a report alone."""
