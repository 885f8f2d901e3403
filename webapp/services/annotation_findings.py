"""The lines of an import report: what was repaired or skipped, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from webapp.formats.annotations import Finding
from webapp.services.finding_sentences import SENTENCES


def documents(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """What the report keeps: ``{code, count, examples}``."""
    return [{"code": str(f.code), "count": f.count, "examples": list(f.examples)} for f in findings]


def sentence(code: str) -> str:
    """The finding in the reader's language."""
    return str(SENTENCES.get(code, code))


def in_words(report: dict[str, Any]) -> dict[str, Any]:
    """The report as the REST contract has it: ``what`` is a sentence."""
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
