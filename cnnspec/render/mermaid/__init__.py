"""The mermaid style: the graph as a Mermaid flowchart, for a README."""
