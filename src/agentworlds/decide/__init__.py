"""A tool call as a short sequence of choices: which tool, then a value for each argument, out of what is known."""
