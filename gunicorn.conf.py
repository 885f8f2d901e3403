"""How gunicorn serves the app, embedded or in a container; it reads this file by itself."""

import gc
import os
from typing import Any

from gunicorn.glogging import Logger

from webapp.core.logs import without_secrets

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
# One process is one core of Python: while it takes photos in, pages would wait for it.
workers = 2
# Loaded once, before the processes part: what they do not write to is in memory once.
preload_app = True
# An open tab holds a thread (its live events): 64 tabs, and 8 more for requests, even if all came to one process.
threads = 72
# A restart must not wait for open tabs; they connect again by themselves.
graceful_timeout = 5
# The most that gunicorn allows, bytes. It answers longer addresses with 414 before the application sees them, in a form
# that the OpenAPI document does not state.
limit_request_line = 8190
accesslog = "-"


class AccessLog(Logger):
    """The lines of gunicorn, without the tokens that some addresses hold."""

    def atoms(self, *request: Any) -> dict[str, Any]:
        """The parts of a line by their letters."""
        parts = super().atoms(*request)
        return {key: without_secrets(part) if isinstance(part, str) else part for key, part in parts.items()}


logger_class = AccessLog
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Before the processes part: what is loaded stays where it is, so that no collection of garbage copies it."""
    gc.collect()
    gc.freeze()
