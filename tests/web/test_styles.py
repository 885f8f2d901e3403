"""One type scale, one spacing scale, one pace of motion."""

import re

from webapp.core.settings import ROOT

OF_TOOLS = {"bootstrap.css", "icons.css", "more_icons.css"}
"""Written by tools from libraries; our own rules follow and win."""
STYLES = sorted(file for file in (ROOT / "static" / "css").rglob("*.css") if file.name not in OF_TOOLS)
TYPE_SCALE = {"0", ".75rem", ".8125rem", ".875rem", ".9375rem", "1rem", "1.125rem", "1.25rem", "1.5rem"} | {
    "1.75rem",
    "2.25rem",
    "3rem",
}
"""Beside these only parts of the size around (``em``), and labels on photos, whose unit the script sets."""
SPACING = {1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, 64}
"""Pixels; eights with their halves and quarters, and tens in narrow places."""
LONGEST_MOTION_MS = 200
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SIZE = re.compile(r"(?<![\w-])font-size:\s*([^;}]+)")
_SPACE = re.compile(r"(?<![\w-])(?:padding|margin|gap|row-gap|column-gap)(?:-[a-z]+)*:\s*([^;}]+)")
_MOTION = re.compile(r"(?<![\w-])(?:transition|animation):\s*([^;}]+)")


def texts() -> dict[str, str]:
    return {str(file.relative_to(ROOT)): _COMMENT.sub("", file.read_text("utf-8")) for file in STYLES}


def found(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [(name, value.strip()) for name, text in texts().items() for value in pattern.findall(text)]


def milliseconds(motion: str) -> float:
    """How long it lasts, without its delay; that of ``--quick`` is held beside it."""
    first = re.search(r"var\(--quick\)|\b(\d+)ms\b|\b([\d.]+)s\b", motion)
    if first is None or first[0].startswith("var"):
        return 0
    return float(first[1]) if first[1] else 1000 * float(first[2])


def test_sizes_of_type_are_steps_of_one_scale() -> None:
    sizes = found(_SIZE)
    assert len(sizes) > 100
    relative = re.compile(r"[\d.]+em|inherit|calc\(var\(--unit\) \* 12px\)")
    assert [one for one in sizes if one[1] not in TYPE_SCALE and not relative.fullmatch(one[1])] == []


def test_spaces_are_steps_of_one_scale() -> None:
    spaces = found(_SPACE)
    assert len(spaces) > 400
    steps = [
        (name, value, step) for name, value in spaces for step in re.findall(r"(?<![\w.])(\d+)px", value)
    ]
    # By which the thumb of a slider stands in the middle of its track.
    centred = {"-11px"}
    assert [one for one in steps if int(one[2]) not in SPACING and one[1] not in centred] == []
    assert [one for one in spaces if re.search(r"\d(rem|pt)\b", one[1])] == []


def test_nothing_moves_for_longer_than_a_fifth_of_a_second() -> None:
    (quick,) = set(re.findall(r"--quick:\s*(\d+)ms", texts()["static/css/web/app.css"]))
    assert int(quick) <= LONGEST_MOTION_MS
    # What says that something is under way goes on for as long as it takes.
    moving = [(name, value) for name, value in found(_MOTION) if "infinite" not in value]
    assert len(moving) > 8
    assert [one for one in moving if milliseconds(one[1]) > LONGEST_MOTION_MS] == []


def test_the_scripts_of_pages_write_no_sizes_either() -> None:
    scripts = list((ROOT / "static" / "js").rglob("*.js"))
    assert len(scripts) > 50
    assert [
        file.name for file in scripts if re.search(r"font-?[sS]ize\s*[:=]", file.read_text("utf-8"))
    ] == []
