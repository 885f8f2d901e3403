"""How the web server stands slow clients, many open pages, and many people at once."""
