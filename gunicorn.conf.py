"""How gunicorn serves the app, embedded or in a container; it reads this file by itself."""

import os

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
# One process: one reader of the live events serves all its tabs.
workers = 1
# An open tab holds a thread (its live events): 64 tabs, and 8 more for requests.
threads = 72
# A restart must not wait for open tabs; they connect again by themselves.
graceful_timeout = 5
accesslog = "-"
control_socket_disable = True
