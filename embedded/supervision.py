"""supervisord: its configuration, starting it, asking it, stopping it."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from embedded.errors import StartError
from embedded.folders import Folders, write_private
from embedded.programs import ROOT
from embedded.servers.server_user import end_with_parent
from embedded.waiting import wait_until

# A path of a Unix socket can be no longer than this (108 bytes with the end mark on Linux).
LONGEST_SOCKET_PATH = 100
SOCKET = "supervisor.sock"
SECONDS_TO_STOP = 180
GROUP = "application"


@dataclass(frozen=True)
class Program:
    """One process to keep running. A higher ``priority`` is stopped earlier."""

    name: str
    command: list[str]
    priority: int
    stop_signal: str = "TERM"
    seconds_to_stop: int = 30
    in_application: bool = False
    """Started by ``start_application``, not together with the servers."""


def folder_of_sockets(folders: Folders) -> Path:
    """Where Unix sockets lie: with the data, or in a folder of its own where that path is long.

    No name of a socket is longer than ``SOCKET``, but for some bytes.
    """
    if len(os.fsencode(folders.run / SOCKET)) > LONGEST_SOCKET_PATH:
        return Path(tempfile.mkdtemp(prefix="supervisor-"))
    return folders.run


class Supervisor:
    """One supervisord with its programs; their output goes to ``logs``, rotated at 10 MB."""

    def __init__(self, folders: Folders, sockets: Path, programs: Iterable[Program]) -> None:
        self.folders = folders
        self.programs = tuple(programs)
        self.socket = sockets / SOCKET
        self._process: subprocess.Popen[bytes] | None = None
        self._said: deque[bytes] = deque(maxlen=20)
        """The last lines of its standard error."""

    def start(self, environment: Mapping[str, str]) -> None:
        """Start supervisord and the servers; the application waits for ``start_application``."""
        configuration = self.folders.run / "supervisord.conf"
        write_private(configuration, self._configuration())
        command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-s", "-c", str(configuration)]
        self.socket.unlink(missing_ok=True)
        # Its own session: Ctrl-C in the terminal reaches us alone, and we stop it in order.
        self._process = subprocess.Popen(
            [*end_with_parent("TERM"), *command],
            cwd=self.folders.run,
            env=environment,
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        # On a full disk it reports every line that it cannot log: that is for nobody's terminal.
        threading.Thread(target=self._said.extend, args=(self._process.stderr,), daemon=True).start()
        wait_until(lambda: self._answers() or not self.is_running(), "supervisord answers")
        if not self.is_running():
            said = b"".join(self._said).decode(errors="replace")
            raise StartError(f"supervisord ended at once. {said}{self.last_lines('supervisord')}")

    def start_application(self) -> None:
        """Start the web server and the workers."""
        self._ask("startProcessGroup", GROUP, False)

    def states(self) -> dict[str, tuple[str, int]]:
        """State (supervisord's word) and process id (0: none) of each program."""
        return {info["name"]: (info["statename"], info["pid"]) for info in self._ask("getAllProcessInfo")}

    def is_running(self) -> bool:
        """Whether supervisord itself is alive."""
        return self._process is not None and self._process.poll() is None

    def _answers(self) -> bool:
        # The socket is there a moment before anybody listens to it.
        try:
            self.states()
        except (OSError, HTTPException):
            return False
        return True

    def stop(self) -> None:
        """Stop all programs in order and supervisord after them."""
        if self._process is not None and self.is_running():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self.socket.parent != self.folders.run:
            shutil.rmtree(self.socket.parent)

    def last_lines(self, name: str, count: int = 15) -> str:
        """A sentence with the end of a program's log."""
        path = self.folders.logs / f"{name}.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return f"The last lines of {path}:\n" + "\n".join(text.splitlines()[-count:])

    def _ask(self, method: str, *arguments: Any) -> Any:
        proxy = ServerProxy(
            "http://127.0.0.1", transport=SupervisorTransport(serverurl=f"unix://{self.socket}")
        )
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        finally:
            proxy("close")()

    def _configuration(self) -> str:
        """The configuration as supervisord reads it. Passwords come by environment: none stands here."""
        sections: dict[str, dict[str, object]] = {
            "supervisord": {
                "logfile": self.folders.logs / "supervisord.log",
                "pidfile": self.folders.supervisor_pid_file,
                "childlogdir": self.folders.logs,
                "umask": "077",
                **({"user": "root"} if os.geteuid() == 0 else {}),
            },
            "unix_http_server": {"file": self.socket, "chmod": "0700"},
            "supervisorctl": {"serverurl": f"unix://{self.socket}"},
            "rpcinterface:supervisor": {
                "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
            },
        }
        for program in self.programs:
            sections[f"program:{program.name}"] = {
                "command": shlex.join(program.command),
                "directory": ROOT,
                "priority": program.priority,
                "autostart": "false" if program.in_application else "true",
                "autorestart": "true",
                "startretries": 1_000_000,
                "startsecs": 3,
                "stopsignal": program.stop_signal,
                "stopwaitsecs": program.seconds_to_stop,
                "killasgroup": "true",
                "redirect_stderr": "true",
                # supervisord looks for variables twice in this one.
                "stdout_logfile": str(self.folders.logs / f"{program.name}.log").replace("%", "%%"),
                "stdout_logfile_maxbytes": "10MB",
                "stdout_logfile_backups": 5,
            }
        application = [program for program in self.programs if program.in_application]
        if application:
            sections[f"group:{GROUP}"] = {
                "programs": ",".join(program.name for program in application),
                "priority": application[0].priority,
            }
        lines = []
        for title, options in sections.items():
            lines.append(f"[{title}]")
            # supervisord takes a single % for the start of a variable.
            lines += [f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items()]
        return "\n".join(lines) + "\n"
