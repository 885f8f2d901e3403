"""Sign-in by the directory of the company, and its mail server; both are off until settings name them."""
