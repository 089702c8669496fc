"""Tool realism: latency, limits, failures, stale and partial reads, other names and idle tools over an episode."""
