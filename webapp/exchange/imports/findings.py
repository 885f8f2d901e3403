"""Findings of an import (repaired, skipped): collected, counted, and turned into sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from flask_babel import gettext as _

from webapp.exchange.imports.finding_sentences import SENTENCES
from webapp.formats.annotations.parsed import MAX_EXAMPLES, Finding
from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.formats.files.filenames import clean_text

SHOWN = 5
"""Most examples on a page and in the REST API; the CSV has all."""
Kind = Literal["fixed", "skipped"]
Line = dict[str, Any]
"""``{kind, code, file, count, examples}``"""


@dataclass
class ImportFindings:
    """Findings by kind, code and annotation file."""

    _lines: dict[tuple[Kind, str, str], Line] = field(default_factory=dict)

    def add(
        self, kind: Kind, code: str, examples: Iterable[str], count: int | None = None, file: str = ""
    ) -> None:
        """Add to the line of this code; ``count`` if it is not the number of examples."""
        named = list(examples)
        key = (kind, str(code), file)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = {
                "kind": kind,
                "code": str(code),
                "file": file,
                "count": 0,
                "examples": [],
            }
        line["count"] += len(named) if count is None else count
        # Text of a file may contain characters that PostgreSQL refuses.
        line["examples"].extend(map(clean_text, named[: MAX_EXAMPLES - len(line["examples"])]))

    def add_parsed(self, fixed: Iterable[Finding], skipped: Iterable[Finding], file: str = "") -> None:
        """Add the findings of a parser."""
        kinds: tuple[tuple[Kind, Iterable[Finding]], ...] = (("fixed", fixed), ("skipped", skipped))
        for kind, findings in kinds:
            for finding in findings:
                self.add(kind, finding.code, finding.examples, finding.count, file)

    def extend(self, lines: Iterable[Line]) -> None:
        """Add the lines of another document."""
        for line in lines:
            self.add(line["kind"], line["code"], line["examples"], line["count"], line["file"])

    def document(self) -> list[Line]:
        """All lines, for ``DataImport.findings``."""
        return list(self._lines.values())

    def summary(self, kind: Kind) -> list[dict[str, Any]]:
        """One line a code for all files together, with a few examples: ``{code, count, examples}``."""
        found: dict[str, dict[str, Any]] = {}
        for line in self._lines.values():
            if line["kind"] == kind:
                code = line["code"]
                one = found.setdefault(code, {"code": code, "count": 0, "examples": []})
                one["count"] += line["count"]
                one["examples"].extend(line["examples"][: SHOWN - len(one["examples"])])
        return list(found.values())

    def __bool__(self) -> bool:
        return bool(self._lines)


def sentence(code: str) -> str:
    """The finding in the user's language."""
    return str(SENTENCES.get(code, code))


def in_words(report: dict[str, Any]) -> dict[str, Any]:
    """The report as in the REST API: ``what`` is a sentence."""
    return report | {
        kind: [
            {
                "what": sentence(line["code"]),
                "code": line["code"],
                "count": line["count"],
                "examples": line["examples"],
            }
            for line in report[kind]
        ]
        for kind in ("fixed", "skipped")
    }


def csv_of(report: dict[str, Any], lines: Iterable[Line]) -> Iterator[str]:
    """A table of what was taken and of every finding, in the reader's language.

    UTF-8 with a byte order mark, as Excel requires it.
    """
    kinds = {"fixed": _("Repaired"), "skipped": _("Skipped")}
    yield BOM + csv_line([_("Result"), _("What"), _("Where"), _("Annotation file"), _("Count")])
    yield csv_line([_("Taken"), _("photos added"), "", "", report["images"]])
    yield csv_line(
        [_("Taken"), _("labels taken"), ", ".join(report["categories"]), "", report["annotations"]]
    )
    for line in lines:
        result, what, file = kinds[line["kind"]], sentence(line["code"]), line["file"]
        each = line["count"] == len(line["examples"])
        if not each:
            yield csv_line([result, what, "", file, line["count"]])
        for example in line["examples"]:
            yield csv_line([result, what, example, file, "1" if each else ""])
