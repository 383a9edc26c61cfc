"""From syntax trees to networks: blocks, repeats, conditions, names and expressions worked out."""
