"""Training agents in worlds: text encoders, the policy, the algorithms, the trainer."""
