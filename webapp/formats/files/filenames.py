"""Names of files that people upload, and other texts that they enter."""

import re
import unicodedata
from collections.abc import Callable
from itertools import chain, count, filterfalse
from pathlib import PurePosixPath

MAX_NAME = 200
"""Longest file name that is kept, characters."""
MAX_NAME_BYTES = 240
"""Longest in UTF-8 bytes: most file systems and zip tools allow 255."""
MAX_FOLDERS = 12
"""Most folders of a path that are kept, counted from the file."""
TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible characters that change the direction of the text after them."""
_SUFFIX = re.compile(r"\.\w{1,10}$")


def clean_text(text: str) -> str:
    """Composed Unicode (NFC) without characters that cannot be seen and do harm.

    Those are control characters, NUL and lone surrogates, which PostgreSQL refuses, separators of lines, and those
    that turn the text after them, also text of ours that follows a name.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(
        character
        for character in text
        if character not in TURNS_TEXT and unicodedata.category(character) not in {"Cc", "Zl", "Zp"}
    )
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """The same with each run of white space, line ends among it, made one blank."""
    return " ".join(clean_text(" ".join(text.split())).split())


def clean_lines(text: str) -> str:
    """The same, line by line, for a text that may have several."""
    return "\n".join(map(clean_text, text.splitlines())).strip()


def safe_filename(name: str) -> str:
    """The last part of a path from any system, fit to be stored, shown and written to disk; never empty.

    Chinese and emoji stay. A name that is too long is cut before its suffix.
    """
    name = clean_text(re.split(r"[/\\]", name)[-1])
    if not name.strip(". "):
        return "photo"
    match = _SUFFIX.search(name)
    suffix = match.group() if match and match.start() > 0 else ""
    stem = name.removesuffix(suffix)[: MAX_NAME - len(suffix)]
    room = MAX_NAME_BYTES - len(suffix.encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore")
    return stem + suffix


def free_name(name: str, numbered: Callable[[int], str], is_taken: Callable[[str], bool]) -> str:
    """The name itself, else the first of ``numbered(2)``, ``numbered(3)``, … that is not taken."""
    return next(filterfalse(is_taken, chain([name], map(numbered, count(2)))))


def safe_path(path: str) -> str:
    """A path of a file that was sent or lies in a zip, to match and to show: with slashes, nothing leads upwards."""
    parts = [part for part in re.split(r"[/\\]", path) if part not in {"", ".", ".."}]
    folders = [clean_text(part)[:100] or "_" for part in parts[-MAX_FOLDERS - 1 : -1]]
    return "/".join([*folders, safe_filename(parts[-1] if parts else "")])


def folder_and_name(path: str) -> tuple[str, str]:
    """The two parts of ``safe_path``; an empty folder where there is none."""
    folder, _slash, name = safe_path(path).rpartition("/")
    return folder, name


def is_accompanying_text(name: str) -> bool:
    """Whether a text lies beside data to describe it, and is no part of it (README.roboflow.txt, LICENSE)."""
    return re.split(r"[/\\]", name)[-1].lower().startswith(("readme", "license", "licence"))


def is_system_litter(name: str) -> bool:
    """Whether an operating system left this file beside the real ones (macOS `._*.json`, Thumbs.db)."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts:
        return False
    litter = {".ds_store", "thumbs.db", "desktop.ini"}
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].lower() in litter
