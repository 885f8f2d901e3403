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

# Run in this order before the processes start.
PREPARATION = (
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "db", "upgrade"],
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "admin", "ensure"],
)
