"""How gunicorn serves the app, embedded or in a container; it reads this file by itself."""

import gc
import os
import resource
import shutil
import sys
from typing import Any

from gunicorn.glogging import Logger

from webapp.core.logs import without_secrets
from webapp.core.server import metrics_folder

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 8000}"
# Threads do not wait for clients: docs/decisions/0097-threads-do-not-wait-for-clients.md.
worker_class = "webapp.core.server.worker.Worker"
# One process is one core of Python: while it takes photos in, pages would wait for it.
workers = 2
# Loaded once, before the processes part: what they do not write to is in memory once.
preload_app = True
# Requests that are answered at the same time; uploads and downloads last as long as their clients take. An open tab
# holds none.
threads = 48
# Connections of a process, idle and slow ones included.
worker_connections = 4000
# Longer than any interval at which our pages and documented scripts ask again (20 s): a connection that the server
# closes while the next request is on its way breaks that request.
keepalive = 75
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


# A connection is an open file, of which some systems allow only 1024 unless a process asks for more.
_allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_allowed, _allowed))


# Before the application is loaded: prometheus-client looks for it at its import.
_metrics = metrics_folder.make()


def when_ready(_server: Any) -> None:
    """Before the processes part: what is loaded stays where it is, so that no collection of garbage copies it."""
    gc.collect()
    gc.freeze()


def post_fork(_server: Any, _worker: Any) -> None:
    """The thread of the streams writes to hundreds of sockets, and after each waits until another thread that computes
    lets it go on: with Python's usual 5 ms that was a second.
    """
    sys.setswitchinterval(0.0005)


def post_worker_init(_worker: Any) -> None:
    """A process that answers requests says that it is there."""
    from webapp.core.monitoring import processes
    from webapp.wsgi import app

    processes.begin(app, processes.WEB)


def child_exit(_server: Any, worker: Any) -> None:
    """Its counts stay, its present values go."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Nothing stays in memory."""
    shutil.rmtree(_metrics, ignore_errors=True)
