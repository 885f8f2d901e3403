"""Programs that share what they import: one process loads it and forks for each of them."""
