"""User accounts, roles and API tokens."""
