"""Speed and memory, measured against limits in the same run."""
