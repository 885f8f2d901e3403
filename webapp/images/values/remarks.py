"""What a user is told of the values of a photo with more than 8 bits, as documents of ``webapp/images/faults.py``."""

from collections.abc import Iterable
from typing import Any

from webapp.formats.images.value_range import MeasuredValues, ValueRange
from webapp.images import faults
from webapp.models import ImageFile

SHOWN = "values_shown"
"""The code of a remark that asks for nothing."""


def of_values(measured: MeasuredValues, setting: ValueRange | None) -> dict[str, Any]:
    """In which range the photo is seen, and whether values lie beyond it."""
    shown = measured.range_with(setting)
    limits = {"low": number(shown.low), "high": number(shown.high)}
    if not measured.is_beyond(setting):
        return faults.fault_document(SHOWN, **limits)
    code = "values_beyond" if measured.stated is None else "values_beyond_own"
    return faults.fault_document(
        code, **limits, lowest=number(measured.lowest), highest=number(measured.highest)
    )


def beyond(file: ImageFile, setting: ValueRange | None) -> list[dict[str, Any]]:
    """The remark where values of a stored photo lie beyond its range; else none."""
    measured = file.measured
    if measured is None or not measured.is_beyond(setting):
        return []
    return [of_values(measured, setting)]


def in_words(remarks: Iterable[tuple[str, dict[str, Any]]]) -> list[tuple[str, str, bool]]:
    """File name, sentence, and whether somebody is to look at it; of each file such remarks first."""
    said = [(name, faults.sentence(remark), remark["code"] != SHOWN) for name, remark in remarks]
    return sorted(said, key=lambda one: not one[2])


def by_name(remarks: Iterable[tuple[str, str, bool]]) -> dict[str, str]:
    """All sentences on each file."""
    said: dict[str, list[str]] = {}
    for name, sentence, _attention in remarks:
        said.setdefault(name, []).append(sentence)
    return {name: " ".join(sentences) for name, sentences in said.items()}


def number(value: float) -> str:
    """4095, 0.25, 1.5e+09."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e9 else f"{value:g}"
