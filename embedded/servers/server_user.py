"""Runs servers as another user, since PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from embedded.errors import StartError

# Lets the other user pass folders that are closed to it. The last flag keeps the right through access(2),
# which initdb asks before it starts the server.
PASS_CLOSED_FOLDERS = (
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)


def end_with_parent(signal: str) -> list[str]:
    """Start of a command whose process gets ``signal`` when the supervisor above it was killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError("The program setpriv is missing: install the package util-linux.")
    return [setpriv, "--pdeathsig", signal]


def run_as_owner(folder: Path, needed: Iterable[Path], signal: str = "INT") -> list[str]:
    """Start of a command that runs as the owner of ``folder`` and reaches each path in ``needed``."""
    prefix = end_with_parent(signal)
    owner = folder.stat()
    if os.geteuid() != 0:
        if owner.st_uid != os.geteuid():
            raise StartError(f"{folder} belongs to another user: start as that user or as root.")
        return prefix
    prefix += [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    if not all(subprocess.run([*prefix, "test", "-r", path]).returncode == 0 for path in needed):
        prefix += PASS_CLOSED_FOLDERS
    return prefix


def give_away(path: Path) -> None:
    """When root: hand root's ``path`` to the user that runs PostgreSQL, `postgres` or else `nobody`."""
    if os.geteuid() != 0 or path.stat().st_uid != 0:
        return
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    for inner in path.rglob("*"):
        os.chown(inner, account.pw_uid, account.pw_gid, follow_symlinks=False)
    # The folder itself comes last: as long as it is root's, an interrupted hand-over is done again.
    os.chown(path, account.pw_uid, account.pw_gid)
