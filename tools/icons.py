"""``python -m tools.icons``: write the icons that the product uses into three styles.

The font of Bootstrap Icons with all 2,078 is 144 kB on every first visit; those that are used are 20. What only the
annotator shows stands in a style of its own, and so does what it never shows. Run it after an icon is used for the
first time: ``tests/web/test_icons.py`` says so. It reads the pictures from ``node_modules``.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "node_modules" / "bootstrap-icons" / "icons"
CSS = ROOT / "static" / "css"
COMMON, ANNOTATOR, OTHERS = "web/icons.css", "annotations/icons.css", "web/more_icons.css"
"""Styles: of all pages; of the annotator alone; of all pages but the annotator."""
IN_THE_ANNOTATOR = (
    *("templates/annotations/", "templates/suggestions/"),
    *("static/js/annotations/", "static/js/suggestions/", "webapp/annotations/"),
)
BESIDE_IT = (
    *("category_statistics.html", "drawing.html", "_training_hints.html", "_mistake", "label_mistake"),
    "images/parts.html",
)
"""Parts of names of files that the annotator and other pages show."""
NEVER_IN_IT = tuple(
    f"{folder}/{domain}/"
    for folder in ("templates", "static/js")
    for domain in ("accounts", "images", "operations", "prediction", "projects", "line", "training")
)
FOLDERS = (
    ("templates", "*.html"),
    ("webapp/annotations/pages", "editor_actions.py"),
    ("static/js", "*.js"),
)
"""Where icons are named; other modules have words that are names of icons by chance."""
ELSEWHERE = {
    ".toast-icon": "info-circle-fill",
    '.toast-note[data-level="success"] .toast-icon': "check-circle-fill",
    '.toast-note[data-level="warning"] .toast-icon': "exclamation-triangle-fill",
    '.toast-note[data-level="error"] .toast-icon': "exclamation-circle-fill",
    ".viewer-masks": "palette-fill",
    ".viewer-labels": "tag",
}
"""Icons by the selector of what has no class of theirs."""
HEAD = """/* Icons of Bootstrap Icons (Copyright 2019-2024 The Bootstrap Authors, MIT), written by tools/icons.py. */
"""
FORM = """.bi::before {
  content: ""; display: inline-block; width: 1em; height: 1em; vertical-align: -.125em;
  background: currentColor; mask: var(--picture) center / contain no-repeat;
}
@media (forced-colors: active) { .bi::before { background: CanvasText; } }
"""
_NAME = re.compile(r"bi-([a-z0-9-]+)|[\"']([a-z0-9-]+)[\"']")


def used(root: Path = ROOT, pictures: Path = PICTURES) -> dict[str, str]:
    """The style of each icon that templates, actions of the editor and scripts name."""
    known = {file.stem for file in pictures.glob("*.svg")}
    styles = {name: {COMMON} for name in ELSEWHERE.values()}
    for folder, files in FOLDERS:
        for file in (root / folder).rglob(files):
            for one, other in _NAME.findall(file.read_text("utf-8")):
                styles.setdefault(one or other, set()).add(_style_of(file.relative_to(root).as_posix()))
    return {
        name: found.pop() if len(found) == 1 else COMMON
        for name, found in sorted(styles.items())
        if name in known
    }


def _style_of(file: str) -> str:
    if any(part in file for part in BESIDE_IT):
        return COMMON
    if file.startswith(IN_THE_ANNOTATOR):
        return ANNOTATOR
    return OTHERS if file.startswith(NEVER_IN_IT) else COMMON


def styles() -> dict[str, str]:
    """Each style with its text."""
    selectors: dict[str, list[str]] = {}
    for selector, name in ELSEWHERE.items():
        selectors.setdefault(name, []).append(selector)
    texts = {COMMON: HEAD + FORM, ANNOTATOR: HEAD, OTHERS: HEAD}
    for name, style in used().items():
        names = [f".bi-{name}", *selectors.get(name, [])]
        texts[style] += f'{", ".join(names)} {{ --picture: url("{_picture(name)}"); }}\n'
    return texts


def _picture(name: str) -> str:
    text = (PICTURES / f"{name}.svg").read_text("utf-8")
    inside = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
    if inside is None:
        raise ValueError(name)
    paths = re.sub(r"\s*\n\s*", "", inside.group(1)).replace('"', "'").replace("#", "%23")
    paths = paths.replace("<", "%3C").replace(">", "%3E")
    return f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E{paths}%3C/svg%3E"


if __name__ == "__main__":
    for name, text in styles().items():
        (CSS / name).write_text(text, "utf-8")
