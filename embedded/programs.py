"""The processes of the app itself; the servers they need stand in postgres.py and valkey.py."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = "web"

APPLICATION = {
    WEB: [sys.executable, "-m", "gunicorn", "webapp.wsgi:app"],
    "worker-train": [sys.executable, "-m", "jobs.worker", "train"],
    "worker-predict": [sys.executable, "-m", "jobs.worker", "predict"],
    "predictor": [sys.executable, "-m", "jobs.predictor"],
    "watch": [sys.executable, "-m", "jobs.watch"],
    "worker-io": [sys.executable, "-m", "jobs.worker", "io"],
    "janitor": [sys.executable, "-m", "jobs.janitor"],
}

# Run in this order before the processes start.
PREPARATION = (
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "db", "upgrade"],
    [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "admin", "ensure"],
)
