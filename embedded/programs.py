"""The processes of the app itself; the servers they need stand in embedded/servers."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = "web"

APPLICATION = {
    WEB: [sys.executable, "-m", "gunicorn", "webapp.wsgi:app"],
    "worker-train": [sys.executable, "-m", "jobs.processes.worker", "train"],
    "worker-predict": [sys.executable, "-m", "jobs.processes.worker", "predict"],
    "predictor": [sys.executable, "-m", "jobs.processes.predictor"],
    "watch": [sys.executable, "-m", "jobs.processes.watch"],
    "worker-io": [sys.executable, "-m", "jobs.processes.worker", "io"],
    "janitor": [sys.executable, "-m", "jobs.processes.janitor"],
}

# Of these, one process each loads what several of the application's import, and forks them; containers hold one
# process each and start it alone. The modules of the second load no torch.
LOADERS = {
    "loader-torch": (
        "jobs.processes.predictor",
        "jobs.processes.worker",
        "jobs.tasks.prediction",
        "jobs.tasks.preview",
        "jobs.tasks.suggestions",
        "jobs.tasks.training",
    ),
    "loader": (
        "flask",
        "jobs.processes.janitor",
        "jobs.processes.watch",
        "jobs.processes.worker",
        "jobs.tasks.files",
    ),
}
LOADED_BY = {
    "worker-train": "loader-torch",
    "worker-predict": "loader-torch",
    "predictor": "loader-torch",
    "watch": "loader",
    "worker-io": "loader",
    "janitor": "loader",
}


def loader_command(name: str, socket: Path) -> list[str]:
    """What starts the loader of that name."""
    return [sys.executable, "-m", "embedded.forks.parent", str(socket), *LOADERS[name]]


def forked_command(command: list[str], socket: Path) -> list[str]:
    """What runs ``python -m MODULE ...`` in a process that the loader at the socket forks."""
    _python, _option, *module_and_arguments = command
    return [sys.executable, "-S", "-m", "embedded.forks.program", str(socket), *module_and_arguments]


# Run in this order before the processes start, forked by this loader.
PREPARED_BY = "loader"
PREPARATION = (
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "backups", "before-migration"],
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "db", "upgrade"],
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "admin", "ensure"],
)
