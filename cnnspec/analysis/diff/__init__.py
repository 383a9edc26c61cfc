"""What changed between two architectures, by their structure: which layers correspond, and what that leaves over."""
