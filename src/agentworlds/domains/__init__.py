"""The packaged worlds, one script each."""
