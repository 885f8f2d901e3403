"""What the repository does with itself; nothing here is part of the product."""
