"""``bin/manage backup``, ``restore`` and ``backups``."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from webapp.backups import keeping, making, records, restoring
from webapp.backups.faults import BackupFault
from webapp.backups.verifying import Progress, verify
from webapp.core import languages
from webapp.formats.backups.layout import DamagedArchive, Header

backups_commands = AppGroup("backups", help="The backups that were made.")


@click.command("backup")
@click.argument("file", type=Path)
@click.option("--rows", "rows_alone", is_flag=True, help="Without the files of photos, weights and runs.")
def backup(file: Path, rows_alone: bool) -> None:
    """Write all rows and files of one moment to FILE, a new one, and read it back. Everything may run meanwhile."""
    with _sentences(), _progress() as progress:
        made = making.make(_from_there(file), with_files=not rows_alone, progress=progress)
    click.echo(f"{made.path} {made.size_bytes} bytes in {made.seconds:.0f} s, read back", err=True)


@click.command("restore")
@click.argument("file", type=Path)
def restore(file: Path) -> None:
    """Restore the backup FILE into an empty installation, all of it or nothing."""
    with _sentences(), _progress() as progress:
        header = restoring.restore(_from_there(file), progress)
    click.echo(_what(header), err=True)


@backups_commands.command("list")
def list_backups() -> None:
    """Print time, reason, bytes, result and file of each in the record, the newest first, separated by tabs."""
    with _sentences():
        for one in records.list_backups():
            result = one.error or ("ok" if one.has_files else "ok, rows alone")
            gone = "" if not one.ok or one.path.is_file() else " (gone)"
            moment = one.created_at.isoformat(timespec="seconds")
            click.echo("\t".join((moment, one.reason, str(one.size_bytes), result + gone, str(one.path))))


@backups_commands.command("verify")
@click.argument("file", type=Path)
def verify_backup(file: Path) -> None:
    """Read the backup FILE and compare the hash of everything in it. Ends with 1 where it is not whole."""
    path = _from_there(file)
    with _sentences(), _progress() as progress:
        if not path.is_file():
            raise BackupFault("no_such_file", path=str(path))
        try:
            header = verify(path, progress)
        except DamagedArchive as fault:
            raise BackupFault(fault.code, path=str(path), name=fault.name) from fault
    click.echo(_what(header))


@backups_commands.command("before-migration")
def before_migration() -> None:
    """Back up where the tables are about to change. ``bin/serve`` calls it before it brings them up to date."""
    with _sentences():
        try:
            made = keeping.before_migration()
        except BackupFault as fault:
            raise click.ClickException(
                f"{fault.message} Nothing was changed: BACKUP_BEFORE_MIGRATION=off starts without a backup."
            ) from fault
    if made is not None:
        click.echo(f"Backed up before the tables change: {made.path}", err=True)


def _what(header: Header) -> str:
    what = f"with {header.files} files" if header.has_files else "of rows alone"
    return f"A whole backup {what}, of {header.created_at}, tables of version {header.revision}"


def _from_there(file: Path) -> Path:
    """A relative path counts from where ``bin/manage`` was called."""
    return Path(os.environ.get("CALLED_FROM", "."), file).absolute()


@contextmanager
def _sentences() -> Iterator[None]:
    """End with the sentence of a refusal, in the language of the shell."""
    shell = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    with force_locale(languages.DEFAULT if shell.startswith("zh") else "en"):
        try:
            yield
        except BackupFault as fault:
            raise click.ClickException(fault.message) from fault
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error


@contextmanager
def _progress() -> Iterator[Progress]:
    """A line on a terminal, nothing elsewhere."""
    told = 0.0

    def show(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told > 1:
            told = time.monotonic()
            click.echo(f"\r{done / 1e9:6.1f} of {total / 1e9:.1f} GB ", nl=False, err=True)

    def silent(_done: int, _total: int) -> None:
        """No terminal."""

    is_terminal = sys.stderr.isatty()
    yield show if is_terminal else silent
    if is_terminal and told:
        click.echo(err=True)
