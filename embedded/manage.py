"""``bin/manage``: the app's own command line, with the addresses of the servers that bin/serve started."""

import os
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path

from embedded import service
from embedded.data_lock import end_leftover, is_in_use, sole_user
from embedded.errors import StartError
from embedded.folders import Folders
from embedded.start import Start

FLASK = [sys.executable, "-m", "flask", "--app", "webapp.wsgi"]
WITH_SERVERS = ("backup", "restore")
"""Commands for which the servers are started where nothing runs."""


def main() -> None:
    """Become ``flask --app webapp.wsgi ARGUMENTS``; ``service`` needs nothing that runs."""
    if sys.argv[1:3] == ["db", "downgrade"]:
        _ask_first()
    if sys.argv[1:2] == ["service"]:
        return service.main(sys.argv[2:])
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        folders = Folders(Path(os.environ.get("DATA_DIR") or "data"))
        if not folders.env_file.exists() or not is_in_use(folders):
            if sys.argv[1:2] and sys.argv[1] in WITH_SERVERS and "--help" not in sys.argv:
                sys.exit(_with_servers(folders))
            sys.exit(
                f"Nothing runs with the data folder {folders.data}: "
                "start bin/serve first, or set DATABASE_URL and REDIS_URL."
            )
        for line in folders.env_file.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ[name] = value
    os.execv(sys.executable, [*FLASK, *sys.argv[1:]])  # noqa: S606


def _with_servers(folders: Folders) -> int:
    """Start the servers for this command, then stop them. Returns its exit status."""
    if sys.argv[1] == "backup" and not folders.postgres.exists():
        sys.exit(f"There is nothing to back up in {folders.data}: set DATA_DIR to the data folder.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with redirect_stdout(sys.stderr):
        try:
            folders.make()
            with sole_user(folders):
                end_leftover(folders.supervisor_pid_file, signal.SIGTERM)
                start = Start(folders, "127.0.0.1", 8000, servers_only=True)
                return start.carry_out([*FLASK, *sys.argv[1:]])
        except StartError as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            return 130


def _ask_first() -> None:
    """A downgrade drops tables and columns with what is in them: go on after ``yes``, or with ``--yes``."""
    if "--yes" in sys.argv:
        sys.argv.remove("--yes")
        return
    print(
        "This removes tables and columns of the newer version with everything in them. Make a backup first. "
        "Type yes to go on: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    if sys.stdin.readline().strip().lower() != "yes":
        sys.exit("Nothing was changed.")


if __name__ == "__main__":
    main()
