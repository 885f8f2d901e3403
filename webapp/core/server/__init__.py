"""How gunicorn's threads are kept for work: requests are received, and events sent, without one."""
