"""``python -m tools.bootstrap``: write what the product uses of Bootstrap into ``static/css/web/bootstrap.css``.

All of Bootstrap is 232 kB, which a browser reads before it paints anything; the rules here are a tenth. A class that
is used for the first time gets its name in ``CLASSES``: ``tests/web/test_bootstrap.py`` says so.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "node_modules" / "bootstrap" / "dist" / "css" / "bootstrap.css"
STYLE = ROOT / "static" / "css" / "web" / "bootstrap.css"
CLASSES = {
    *("btn", "btn-primary", "btn-danger", "disabled", "active", "show"),
    *("form-control", "form-select", "form-check", "form-check-input", "form-check-label"),
    *("input-group", "input-group-text", "small", "visually-hidden", "visually-hidden-focusable"),
    *(
        "dropdown",
        "dropdown-menu",
        "dropdown-menu-end",
        "dropdown-item",
        "dropdown-divider",
        "dropdown-header",
    ),
    *("text-nowrap", "text-break"),
}
"""Classes of Bootstrap that pages use; what it says of elements is kept whole."""
HEAD = "/* Of Bootstrap (Copyright 2011-2025 The Bootstrap Authors, MIT), written by tools/bootstrap.py. */\n"
_RULE = re.compile(r"([^{}]+)\{((?:[^{}]|\{[^{}]*\})*)\}")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")


def style(source: str) -> str:
    """The rules whose classes are all in use, and the variables that they read."""
    source = re.sub(r"/\*.*?\*/|@charset[^;]*;", "", source, flags=re.DOTALL)
    rules = "".join(_kept(source))
    read = set(re.findall(r"var\((--bs-[\w-]+)", rules))
    # A variable may be read by another one.
    while more := _read_by_variables(rules, read) - read:
        read |= more
    return HEAD + re.sub(r"(--bs-[\w-]+):[^;}]*;?", lambda one: one[0] if one[1] in read else "", rules)


def classes_of(source: str) -> set[str]:
    """Every class that Bootstrap knows."""
    return {name for selector, _body in _RULE.findall(source) for name in _CLASS.findall(selector)}


def _kept(source: str) -> Iterator[str]:
    for selector, body in _RULE.findall(source):
        selector = " ".join(selector.split())
        if selector.startswith(("@media", "@supports")):
            inside = "".join(_kept(body))
            if inside:
                yield f"{selector}{{{inside}}}\n"
        elif not selector.startswith("@"):
            parts = [part.strip() for part in _split(selector)]
            kept = [part for part in parts if set(_CLASS.findall(part)) <= CLASSES]
            if kept:
                yield f"{','.join(kept)}{{{_squeezed(body)}}}\n"


def _split(selector: str) -> list[str]:
    """At the commas that stand in no brackets."""
    return re.split(r",(?![^(]*\))", selector)


def _squeezed(body: str) -> str:
    return re.sub(r"\s*\n\s*", "", body.strip()).replace(": ", ":").rstrip(";")


def _read_by_variables(rules: str, read: set[str]) -> set[str]:
    values = re.findall(r"(--bs-[\w-]+):([^;}]*)", rules)
    return {name for one, value in values if one in read for name in re.findall(r"var\((--bs-[\w-]+)", value)}


if __name__ == "__main__":
    STYLE.write_text(style(SOURCE.read_text("utf-8")), "utf-8")
