"""``bin/manage service``: a systemd unit that starts the product with the machine, also after a power cut."""

import argparse
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedded.errors import StartError
from embedded.folders import Folders, write_private
from embedded.programs import ROOT
from embedded.supervision import SECONDS_TO_STOP
from webapp.core.settings import Settings

UNITS = Path("/etc/systemd/system")
NAME = "image-recognition"
KEPT = ("PATH", "PIP_INDEX_URL", "PIP_FIND_LINKS", "NPM_CONFIG_REGISTRY")
"""Settings of others that a start needs."""


def unit(user: str, environment_file: Path) -> str:
    """The unit file. Paths may hold blanks and percent signs."""
    return f"""# Written by bin/manage service install.
[Unit]
Description=Image recognition
Documentation=file:{_escaped(ROOT / "docs" / "operations.md").replace(" ", "%%20")}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
User={user}
WorkingDirectory={_escaped(ROOT)}
EnvironmentFile={_escaped(environment_file)}
ExecStart="{_escaped(ROOT / "bin" / "serve")}"
KillMode=mixed
TimeoutStopSec={SECONDS_TO_STOP}
Restart=on-failure
RestartSec=10
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def environment(folders: Folders, present: Mapping[str, str]) -> str:
    """The settings of this shell, for the unit: it has no other."""
    names = {name.upper() for name in Settings.model_fields} | set(KEPT)
    found = {name: value for name, value in present.items() if name in names and value}
    found["DATA_DIR"] = str(folders.data)
    for name, value in found.items():
        if "\n" in value:
            raise StartError(f"{name} has a line end, which a unit cannot hold: set it otherwise.")
    return "".join(f'{name}="{_quoted(value)}"\n' for name, value in sorted(found.items()))


def install(folders: Folders, units: Path, name: str, user: str) -> Path:
    """Write both files; the unit. Raises StartError where this person may not."""
    settings = folders.secrets / "service.env"
    path = units / f"{name}.service"
    try:
        account = pwd.getpwnam(user)
        folders.make()
        write_private(settings, environment(folders, os.environ))
        if os.geteuid() == 0:
            # What root has just made is for the user of the unit.
            for made in (folders.data, folders.secrets, folders.valkey, folders.logs, folders.run, settings):
                if made.stat().st_uid == 0:
                    os.chown(made, account.pw_uid, account.pw_gid)
        unfinished = path.with_suffix(".new")
        unfinished.write_text(unit(user, settings), "utf-8")
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except KeyError as error:
        raise StartError(f"There is no user {user} on this machine: name another with --user.") from error
    except OSError as error:
        raise StartError(
            f"Cannot write {error.filename} ({error.strerror}): run it as root, with sudo for instance."
        ) from error
    return path


def main(arguments: Sequence[str]) -> None:
    """``service install``; ends with 1 and a sentence where it cannot."""
    parser = argparse.ArgumentParser(prog="bin/manage service", description=__doc__)
    parser.add_argument("action", choices=["install"])
    parser.add_argument("--user", default=os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name)
    parser.add_argument("--name", default=NAME, help="of the unit, where several run on one machine")
    parser.add_argument("--units", type=Path, default=UNITS, help="folder of the unit")
    asked = parser.parse_args(arguments)
    folders = Folders(Path(os.environ.get("DATA_DIR") or "data").absolute())
    try:
        path = install(folders, asked.units, asked.name, asked.user)
        _take_in(path, asked.name)
    except (StartError, OSError) as error:
        sys.exit(str(error))


def _take_in(path: Path, name: str) -> None:
    """Enable it where systemd runs; else say how."""
    commands = (["systemctl", "daemon-reload"], ["systemctl", "enable", f"{name}.service"])
    runs = Path("/run/systemd/system").is_dir() and shutil.which("systemctl") and path.parent == UNITS
    print(f"Wrote {path}.", file=sys.stderr)
    for command in commands:
        if runs:
            subprocess.run(command, check=True)
        else:
            print(f"Then: {' '.join(command)}", file=sys.stderr)
    print(f"Stop what bin/serve runs now, then: systemctl start {name}", file=sys.stderr)


def _escaped(path: Path) -> str:
    """A percent sign begins a specifier of systemd."""
    text = str(path)
    if any(character in text for character in '"\\\n'):
        raise StartError(f"A unit cannot name {text!r}: move it to a path without quotes and backslashes.")
    return text.replace("%", "%%")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
