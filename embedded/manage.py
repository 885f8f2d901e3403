"""``bin/manage``: the app's own command line, with the addresses of the servers that bin/serve started."""

import os
import sys
from pathlib import Path

from embedded import service
from embedded.data_lock import is_in_use
from embedded.folders import Folders


def main() -> None:
    """Become ``flask --app webapp.wsgi ARGUMENTS``; ``service`` needs nothing that runs."""
    if sys.argv[1:3] == ["db", "downgrade"]:
        _ask_first()
    if sys.argv[1:2] == ["service"]:
        return service.main(sys.argv[2:])
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        folders = Folders(Path(os.environ.get("DATA_DIR") or "data"))
        if not folders.env_file.exists() or not is_in_use(folders):
            sys.exit(
                f"Nothing runs with the data folder {folders.data}: "
                "start bin/serve first, or set DATABASE_URL and REDIS_URL."
            )
        for line in folders.env_file.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ[name] = value
    os.execv(sys.executable, [sys.executable, "-m", "flask", "--app", "webapp.wsgi", *sys.argv[1:]])  # noqa: S606


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
