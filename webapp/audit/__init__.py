"""The audit: an append-only record of who did what, when, from where, with before and after."""
