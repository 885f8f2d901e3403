"""Where the embedded parts keep their files inside ``DATA_DIR``."""

import secrets
from pathlib import Path

from embedded.errors import StartError


class Folders:
    """Paths below the data folder; ``data`` is absolute."""

    def __init__(self, data: Path) -> None:
        self.data = data.expanduser().absolute()
        self.postgres = self.data / "postgres"
        self.valkey = self.data / "valkey"
        self.logs = self.data / "logs"
        self.run = self.data / "run"
        self.secrets = self.data / "secrets"

    def make(self) -> None:
        """Create what is missing; raises StartError where the data folder cannot be written."""
        try:
            for folder in (self.data, self.valkey, self.logs, self.run):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in (self.secrets, self.valkey, self.logs, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise StartError(f"The data folder {self.data} cannot be written: {error.strerror}.") from error

    @property
    def env_file(self) -> Path:
        """Holds the addresses of the running servers, for ``bin/manage`` in another terminal."""
        return self.run / "env"

    @property
    def supervisor_pid_file(self) -> Path:
        """Names the running supervisord."""
        return self.run / "supervisord.pid"

    def secret(self, name: str) -> str:
        """The secret of that name, made at its first use; only its owner can read the file."""
        path = self.secrets / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step: whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600, exist_ok=False)
    temporary.write_text(text)
    temporary.replace(path)
