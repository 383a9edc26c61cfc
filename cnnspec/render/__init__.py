"""Pictures and terminal tables of a report."""
