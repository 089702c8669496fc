"""The algorithms, one file each. They share the collector, the memory of episodes and the evaluation."""
