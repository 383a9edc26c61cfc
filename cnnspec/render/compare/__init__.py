"""The compare style: two networks row by row, what was added, removed and changed marked between them."""
