"""``python -m tools.icons``: write the icons that the product uses into ``static/css/web/icons.css``.

The font of Bootstrap Icons with all 2,078 is 144 kB on every first visit; those that are used are 20. Run it after an
icon is used for the first time: ``tests/web/test_icons.py`` says so. It reads the pictures from ``node_modules``.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "node_modules" / "bootstrap-icons" / "icons"
STYLE = ROOT / "static" / "css" / "web" / "icons.css"
FOLDERS = (("templates", "*.html"), ("webapp", "*.py"), ("static/js", "*.js"))
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
.bi::before {
  content: ""; display: inline-block; width: 1em; height: 1em; vertical-align: -.125em;
  background: currentColor; mask: var(--picture) center / contain no-repeat;
}
@media (forced-colors: active) { .bi::before { background: CanvasText; } }
"""
_NAME = re.compile(r"bi-([a-z0-9-]+)|[\"']([a-z0-9-]+)[\"']")


def used(root: Path = ROOT, pictures: Path = PICTURES) -> list[str]:
    """Names of the icons that templates, pages and scripts name."""
    known = {file.stem for file in pictures.glob("*.svg")}
    named = {
        one or other
        for folder, files in FOLDERS
        for file in (root / folder).rglob(files)
        for one, other in _NAME.findall(file.read_text("utf-8"))
    }
    return sorted((named | set(ELSEWHERE.values())) & known)


def style(names: list[str]) -> str:
    """The whole file."""
    selectors: dict[str, list[str]] = {name: [f".bi-{name}"] for name in names}
    for selector, name in ELSEWHERE.items():
        selectors[name].append(selector)
    return HEAD + "".join(
        f'{", ".join(selectors[name])} {{ --picture: url("{_picture(name)}"); }}\n' for name in names
    )


def _picture(name: str) -> str:
    text = (PICTURES / f"{name}.svg").read_text("utf-8")
    inside = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
    if inside is None:
        raise ValueError(name)
    paths = re.sub(r"\s*\n\s*", "", inside.group(1)).replace('"', "'").replace("#", "%23")
    paths = paths.replace("<", "%3C").replace(">", "%3E")
    return f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E{paths}%3C/svg%3E"


if __name__ == "__main__":
    STYLE.write_text(style(used()), "utf-8")
