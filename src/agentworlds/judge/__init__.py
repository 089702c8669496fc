"""Goals, answers and verdicts."""
