"""Memory and speed of a backup and its restore, with generated files.

    .venv/bin/python -m bench.backups [GB]

Prints ``backup_peak_mb`` and ``restore_peak_mb`` (most memory of the process; baseline: with a tenth of the files) and
``backup_mb_per_s`` and ``restore_mb_per_s`` (baseline: copying the same files with ``cp`` and flushing them). A backup
writes everything, flushes it and reads it back.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from bench.common.peak_memory import peak_bytes
from bench.common.report import report
from bench.library.imports import servers
from webapp.backups import making, restoring, versions
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.settings import ROOT, load_settings

FILE_BYTES = 2**20
ROWS = 100_000
"""Rows of half a kilobyte for each GB of files."""


def main() -> None:
    """Measure with a tenth, then with everything."""
    size_gb = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    small, large = measure(size_gb / 10), measure(size_gb)
    for name in ("backup", "restore"):
        report(f"{name}_peak_mb", large[f"{name}_peak"] / 1e6, "MB", small[f"{name}_peak"] / 1e6)
        speed = size_gb * 1000 / large[f"{name}_seconds"]
        report(f"{name}_mb_per_s", speed, "MB/s", size_gb * 1000 / large["copy_seconds"])


def measure(size_gb: float) -> dict[str, float]:
    """Of a backup and a restore, each in a process of its own: ``…_peak`` in bytes, ``…_seconds``."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        for step, place in (("fill", "from"), ("backup", "from"), ("restore", "to")):
            (folder / place).mkdir(exist_ok=True)
            with servers(folder / place) as environment:
                data = str(folder / place / "data")
                command = [sys.executable, "-m", "bench.backups", "--step", step, str(folder), str(size_gb)]
                settings = os.environ | environment | {"DATA_DIR": data, "MIN_FREE_GB": "0"}
                out = subprocess.run(command, cwd=ROOT, env=settings, check=True, capture_output=True)
                peak, seconds = map(float, out.stdout.split())
                figures |= {f"{step}_peak": peak, f"{step}_seconds": seconds}
        began = time.monotonic()
        subprocess.run(["cp", "-r", folder / "from" / "data" / "photos", folder / "copy"], check=True)
        subprocess.run(["sync", "-f", folder / "copy"], check=True)
        figures["copy_seconds"] = time.monotonic() - began
    return figures


def step() -> None:
    """One step in a process of its own."""
    from flask import Flask

    from webapp.bare_app import configure

    name, folder, size_gb = sys.argv[2], Path(sys.argv[3]), float(sys.argv[4])
    app = Flask("bench")
    configure(app, load_settings())
    with app.app_context():
        storage.prepare(storage.data_dir())
        began = time.monotonic()
        if name == "fill":
            fill(size_gb)
        elif name == "backup":
            making.make(folder / "backup.tar")
        else:
            restoring.restore(folder / "backup.tar")
        print(peak_bytes(), time.monotonic() - began)


def fill(size_gb: float) -> None:
    """Files that look like photos, and rows."""
    for number in range(int(size_gb * 1e9 / FILE_BYTES)):
        path = storage.image_path(f"{number % 256:02x}{number:062x}", ".jpg")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(os.urandom(FILE_BYTES))
    with db.engine.begin() as connection:
        versions.upgrade(connection)
        connection.execute(
            text(
                "INSERT INTO detection_model (name, description, created_at, training_defaults) "
                "SELECT 'model ' || n, repeat(md5(n::text), 16), now(), '{}' FROM generate_series(1, :rows) n"
            ),
            {"rows": int(ROWS * size_gb)},
        )


if __name__ == "__main__":
    step() if sys.argv[1:2] == ["--step"] else main()
