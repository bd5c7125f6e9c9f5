"""What the tests share: a guest without any language policy, attacks, and their victims."""
