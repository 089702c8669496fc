"""Drawing tasks from intents and solving them."""
