"""One start of the product, from the data folder to the address in the browser, and its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Error as RemoteError

from embedded.data_lock import end_leftover
from embedded.errors import StartError
from embedded.folders import Folders, write_private
from embedded.programs import (
    APPLICATION,
    LOADED_BY,
    LOADERS,
    PREPARATION,
    PREPARED_BY,
    ROOT,
    WEB,
    forked_command,
    loader_command,
)
from embedded.servers.postgres import Postgres
from embedded.servers.server_user import end_with_parent
from embedded.servers.valkey import Valkey
from embedded.supervision import Program, Supervisor, folder_of_sockets
from embedded.waiting import free_port
from embedded.web_address import is_healthy, web_address

SAID = "Error: "
"""Begins the sentence of a command that could not do what it was asked for."""
# Replaying the journal after a power cut takes time.
SECONDS_FOR_SERVERS = 600
SECONDS_FOR_WEB = 120
# supervisord retries; a program that is not up by then will not start.
SECONDS_OF_PATIENCE = 15


def sentence_of(log: str) -> str | None:
    """What a command of the preparation said itself before it ended; None after a traceback or an unknown end."""
    lines = [line for line in log.splitlines() if line.strip()]
    if not lines or "Traceback (most recent call last):" in log:
        return None
    _log, said, sentence = lines[-1].rpartition(SAID)
    return sentence if said else None


class Start:
    """One start, from the data folder to the address in the browser."""

    def __init__(self, folders: Folders, host: str, port: int, servers_only: bool) -> None:
        self.folders = folders
        self.host = host
        self.port = port
        self.servers_only = servers_only
        self.postgres = None if os.environ.get("DATABASE_URL") else self._postgres()
        self.valkey = None if os.environ.get("REDIS_URL") else self._valkey()
        self.environment = self._environment()
        self.sockets = folder_of_sockets(folders)
        self.supervisor = Supervisor(folders, self.sockets, self._programs())

    def run(self) -> int:
        """Start, watch, stop."""
        try:
            self._start_servers()
            if not self.servers_only:
                self._prepare()
                self._start_application()
            return self._watch()
        except KeyboardInterrupt:
            return 0
        finally:
            self._stop()

    def carry_out(self, command: Sequence[str]) -> int:
        """Start the servers for a command alone; its exit status."""
        try:
            self._start_servers()
            return subprocess.run(command, cwd=ROOT, env=self.environment).returncode
        finally:
            self._stop()

    def _postgres(self) -> Postgres:
        server = Postgres(self.folders.postgres, free_port(), self.folders.secret("postgres_password"))
        if not self.folders.postgres.exists():
            print(f"Making the database in {self.folders.postgres}", flush=True)
        end_leftover(self.folders.postgres / "postmaster.pid", signal.SIGINT)
        server.initialise()
        return server

    def _valkey(self) -> Valkey:
        server = Valkey(self.folders.valkey, free_port(), self.folders.secret("valkey_password"))
        end_leftover(server.pid_file, signal.SIGTERM)
        return server

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "DATA_DIR": str(self.folders.data),
            "HOST": self.host,
            "PORT": str(self.port),
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONUNBUFFERED": "1",
            # Threads of torch that wait sleep instead of spinning: with a training and a prediction on the same
            # cores, spinning threads made a photo take ten times as long.
            "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
        }
        if self.postgres:
            environment["DATABASE_URL"] = self.postgres.url()
        if self.valkey:
            environment["REDIS_URL"] = self.valkey.url()
        return environment

    def _programs(self) -> list[Program]:
        programs = []
        if self.postgres:
            # INT: end now, in order. TERM would wait for every connection to close.
            programs.append(Program("postgres", self.postgres.command(), 10, "INT", 90))
        if self.valkey:
            command = self.valkey.command(self.folders.run / "valkey.conf")
            programs.append(Program("valkey", command, 20, "TERM", 60))
        if not self.servers_only:
            # They load beside the start of the servers, and end after what they have forked.
            for name in LOADERS:
                command = loader_command(name, self._socket_of(name))
                programs.append(Program(name, [*end_with_parent("TERM"), *command], 25))
            for name, command in APPLICATION.items():
                if name in LOADED_BY:
                    command = forked_command(command, self._socket_of(LOADED_BY[name]))
                command = [*end_with_parent("TERM"), *command]
                programs.append(Program(name, command, 30, in_application=True))
        return programs

    def _socket_of(self, loader: str) -> Path:
        return self.sockets / f"{loader}.sock"

    def _start_servers(self) -> None:
        names = [
            server for server, is_ours in (("postgres", self.postgres), ("valkey", self.valkey)) if is_ours
        ]
        if names:
            print(f"Starting {' and '.join(names)}", flush=True)
        self.supervisor.start(self.environment)
        if self.postgres:
            self._wait_for("postgres", self.postgres.answers, SECONDS_FOR_SERVERS)
            self.postgres.ensure_database()
        if self.valkey:
            self._wait_for("valkey", self.valkey.answers, SECONDS_FOR_SERVERS)
        names_of_urls = ("DATABASE_URL", "REDIS_URL")
        lines = [f"{name}={self.environment[name]}\n" for name in names_of_urls]
        write_private(self.folders.env_file, "".join(lines))

    def _prepare(self) -> None:
        print("Bringing the database up to date", flush=True)
        log = self.folders.logs / "prepare.log"
        for command in PREPARATION:
            with log.open("w") as output:
                result = subprocess.run(
                    forked_command(command, self._socket_of(PREPARED_BY)),
                    cwd=ROOT,
                    env=self.environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            if result.returncode != 0:
                if said := sentence_of(log.read_text(errors="replace")):
                    raise StartError(said)
                raise StartError(
                    f"`{' '.join(command[2:])}` failed. {self.supervisor.last_lines('prepare', 30)}"
                )

    def _start_application(self) -> None:
        print(f"Starting {', '.join(APPLICATION)}; logs in {self.folders.logs}", flush=True)
        self.supervisor.start_application()
        address = web_address(self.host, self.port)
        self._wait_for(WEB, lambda: is_healthy(address), SECONDS_FOR_WEB)
        print(f"Listening on {address}", flush=True)
        via = ROOT / os.environ.get("VIA_FILE", "static/via/via.html")
        if not via.is_file():
            print(
                f"Without VGG Image Annotator, which is optional: put its via.html (2.0.x) at {via}",
                flush=True,
            )

    def _wait_for(self, name: str, condition: Callable[[], bool], seconds: float) -> None:
        """Return once the program answers; raises StartError with the end of its log where it does not."""
        began = time.monotonic()
        while not condition():
            if not self.supervisor.is_running():
                raise StartError(f"supervisord ended. {self.supervisor.last_lines('supervisord')}")
            state, _pid = self.supervisor.states()[name]
            waited = time.monotonic() - began
            if waited > (seconds if state in ("STARTING", "RUNNING") else SECONDS_OF_PATIENCE):
                raise StartError(f"{name} does not start. {self.supervisor.last_lines(name)}")
            time.sleep(0.2)

    def _stop(self) -> None:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        print("Stopping everything in order ...", flush=True)
        self.folders.env_file.unlink(missing_ok=True)
        self.supervisor.stop()
        print("Stopped.", flush=True)

    def _watch(self) -> int:
        """Report programs that died and were restarted, until supervisord ends."""
        print("Press Ctrl-C to stop.", flush=True)
        pids: dict[str, int] = {}
        failing: set[str] = set()
        while self.supervisor.is_running():
            try:
                states = self.supervisor.states()
            except (OSError, HTTPException, RemoteError):
                states = {}
            for name, (state, pid) in states.items():
                if state == "RUNNING":
                    failing.discard(name)
                elif state == "BACKOFF" and name not in failing:
                    failing.add(name)
                    print(
                        f"{name} ended soon and is tried again. {self.supervisor.last_lines(name)}",
                        flush=True,
                    )
                if pid and pids.setdefault(name, pid) != pid:
                    pids[name] = pid
                    if name not in failing:
                        print(f"{name} had ended and was started again.", flush=True)
            time.sleep(1)
        print(f"supervisord ended. {self.supervisor.last_lines('supervisord')}", file=sys.stderr)
        return 1
