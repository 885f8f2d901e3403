"""``bin/manage doctor [--mend]``."""

import sys

import click

from webapp.operations.doctor import files, state
from webapp.operations.doctor.findings import Check

CHECKS: dict[str, Check] = {
    "files of photos": files.photo_files,
    "photos": files.photos,
    "weights": files.weights,
    "folders of runs": files.folders_of_runs,
    "rights of files": files.rights,
    "labels": state.doubled_labels,
    "runs": state.stuck_runs,
    "versions": state.versions,
    "room": state.room,
    "clock": state.clock,
}


@click.command("doctor")
@click.option(
    "--mend",
    is_flag=True,
    help="Remove what belongs to nothing and doubled labels, close files to other users, end stuck runs.",
)
def doctor(mend: bool) -> None:
    """Look for what is wrong with files, rows, runs and machine. Ends with 1 where something is left to do.

    Reads every photo, so it takes as long as the disk needs for that. The product may run meanwhile.
    """
    left = 0
    for name, check in CHECKS.items():
        found = list(check())
        if not found:
            click.echo(f"ok     {name}")
        for finding in found:
            mended = mend and finding.mend is not None
            if finding.mend is not None and mend:
                finding.mend()
            left += not mended
            hint = "" if mended or finding.mend is None else " --mend does it."
            click.echo(f"{'mended' if mended else 'WRONG '} {name}: {finding.sentence}{hint}")
            for example in finding.examples:
                click.echo(f"         {example}")
    sys.exit(1 if left else 0)
