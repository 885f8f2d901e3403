"""The real product on an empty folder, as ``bin/serve`` starts it, and a browser's way into it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from bench.common.needed import requests
from embedded.waiting import free_port
from webapp.core.settings import ROOT

ADMINISTRATOR = {"email": "admin@factory.test", "password": "correct horse battery"}
SECONDS_TO_START = 180


@dataclass(frozen=True)
class RunningProduct:
    """Its address, its data folder, and how to reach its database."""

    address: str
    folder: Path
    database_url: str
    process: int
    """Its first process; all others descend from it."""

    def sign_in(self) -> requests.Session:
        """A browser that is signed in as the administrator and sends the CSRF token with each request."""
        browser = requests.Session()
        browser.headers["X-CSRFToken"] = self._csrf_token(browser, "/sign-in")
        self._post(browser, "/sign-in", ADMINISTRATOR)
        browser.headers["X-CSRFToken"] = self._csrf_token(browser, "/")
        return browser

    def create_model(self, browser: requests.Session, name: str) -> int:
        """The id of a new model."""
        self._post(browser, "/models", {"name": name, "description": ""})
        with self.database() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM detection_model WHERE name = %s", (name,))
            row = cursor.fetchone()
        if row is None:
            raise RuntimeError(f"the model {name} was not made")
        return int(row[0])

    @contextmanager
    def database(self) -> Iterator["psycopg2.extensions.connection"]:
        """A connection; committed where the block ends well."""
        connection = psycopg2.connect(self.database_url.replace("postgresql+psycopg2", "postgresql"))
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def vacuum(self) -> None:
        """Bring what the planner knows of the tables up to date."""
        connection = psycopg2.connect(self.database_url.replace("postgresql+psycopg2", "postgresql"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        finally:
            connection.close()

    def count(self, query: str, *values: object) -> int:
        """What a ``SELECT count(*)`` says."""
        with self.database() as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def cpu_seconds(self) -> float:
        """What all of its processes have used, those included that ended."""
        parents, ticks = {}, {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # ended meanwhile
            parents[int(process.name)] = int(fields[1])
            ticks[int(process.name)] = sum(map(int, fields[11:15]))
        ours = {self.process}
        while more := {number for number, parent in parents.items() if parent in ours} - ours:
            ours |= more
        return sum(ticks.get(number, 0) for number in ours) / os.sysconf("SC_CLK_TCK")

    def web_memory_mb(self) -> float:
        """Resident memory of gunicorn's processes, MiB."""
        port = self.address.rsplit(":", 1)[1]
        pages = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().decode().split("\0")
                environment = (process / "environ").read_bytes()
                if "gunicorn" in command and f"PORT={port}\0".encode() in environment:
                    pages += int((process / "statm").read_text().split()[1])
            except OSError:
                continue  # ended meanwhile
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _csrf_token(self, browser: requests.Session, path: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(self.address + path).text)
        if found is None:
            raise RuntimeError(f"{path} has no CSRF token")
        return found.group(1)

    def _post(self, browser: requests.Session, path: str, data: dict[str, str]) -> None:
        answer = browser.post(self.address + path, data=data)
        answer.raise_for_status()


@contextmanager
def running_product(checkout: Path = ROOT) -> Iterator[RunningProduct]:
    """Started on an empty folder, stopped and removed at the end; ``checkout`` may be one of another version."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, port = Path(name) / "data", free_port()
        log = Path(name) / "log"
        settings = {
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "ADMIN_EMAIL": ADMINISTRATOR["email"],
            "ADMIN_PASSWORD": ADMINISTRATOR["password"],
        }
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "embedded"],
                cwd=checkout,
                env=kept | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_it_listens(process, log)
            lines = (folder / "run" / "env").read_text().splitlines()
            addresses = dict(line.split("=", 1) for line in lines)
            yield RunningProduct(f"http://127.0.0.1:{port}", folder, addresses["DATABASE_URL"], process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(180)


def _wait_until_it_listens(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while "Listening on" not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the product does not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.2)
