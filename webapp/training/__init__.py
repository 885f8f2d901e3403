"""Dataset versions, training runs, losses, evaluations and weights."""
