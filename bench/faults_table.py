"""Writes what ``bench.faults`` printed into docs/reliability.md, as the table of the last run.

    .venv/bin/python -m bench.faults_table FILE ...

A file holds JSON lines; of a fault that stands in several places the last one counts.

Needs ``bin/setup`` alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
TITLE = "## Last run\n"
HEAD = (
    "Fault",
    "Ended as",
    "Attempts",
    "One unbroken chart",
    "Seconds until it is noticed",
    "Seconds to the end",
    "As promised",
)


def table(found: list[dict[str, Any]]) -> str:
    """The table of the lines, in Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *(_row(line) for line in found)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    failed_with, noticed = line["failed_with"], line["seconds_until_noticed"]
    return (
        f"`{line['fault']}`: {line['what']}",
        (f"failed (`{failed_with}`), resumed, " if failed_with else "") + line["status"],
        str(line["attempts"]),
        _yes(line["one_unbroken_chart"]),
        "" if noticed is None else str(noticed),
        str(line["seconds_to_the_end"]),
        _yes(line["as_expected"]),
    )


def _yes(value: bool) -> str:
    return "yes" if value else "**no**"


def main() -> None:
    """Replaces what stands below the title of the last run."""
    lines = [json.loads(line) for name in sys.argv[1:] for line in Path(name).read_text().splitlines()]
    found = list({line["fault"]: line for line in lines}.values())
    kept = DOCUMENT.read_text().partition(TITLE)[0]
    DOCUMENT.write_text(f"{kept}{TITLE}\n{table(found)}")


if __name__ == "__main__":
    main()
