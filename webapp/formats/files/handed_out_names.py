"""Names of the files of one download: each unpacks on every system, and no two are mistaken for one another."""

import re
import unicodedata

LONGEST = 200
"""UTF-8 bytes of a name with its extension. Windows and most file systems take 255."""
LONGEST_FOLDERS = 80
"""UTF-8 bytes of the folders in front of a name."""

_SUFFIXES = {
    ".jpg": {".jpg", ".jpeg", ".jpe", ".jfif"},
    ".png": {".png"},
    ".webp": {".webp"},
    ".tif": {".tif", ".tiff"},
    ".bmp": {".bmp", ".dib"},
}
"""By the extension of the content: what else a file of this content may be called."""
_IMAGE_SUFFIX = re.compile(
    r"\.(jpe?g|jpe|jfif|mpo|png|apng|webp|bmp|dib|tiff?|gif|hei[cf]|avif|jp2|j2k|jpx|jxl|p[bgnp]m|dng|raw)$",
    re.IGNORECASE,
)
_NOT_ON_WINDOWS = re.compile(r'[<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever extension follows ("Naming Files, Paths, and Namespaces")."""
_AT_THE_START, _AT_THE_END = re.compile(r"^[\s.]+"), re.compile(r"[\s.]+$")
_JOINERS = "\u200c\u200d"
"""Invisible, but part of words (Persian) and of emoji."""
_FORMULA_STARTS = ("=", "+", "-", "@")
"""A table writes an apostrophe before such a name (``csv_rows.py``): it has one everywhere, and stays the same name."""


class HandedOutNames:
    """The names of one download. One object for all of its files, also where several documents repeat them."""

    def __init__(self, unique_stems: bool = False) -> None:
        """With ``unique_stems`` names differ before the extension too, for a file that lies beside each photo
        (``a.png`` with ``a.xml``), or whose extension changes.
        """
        self._unique_stems = unique_stems
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def give(self, path: str, suffix: str | None = None) -> str:
        """The name for the photo that came as ``path``, with the folders it came from: ``d1/a.tif`` whose content is
        PNG is called ``d1_a.png``; another one of that name, in whatever case, ``d1_a-2.png``.

        ``suffix`` is the extension of the content, as ``.png``; None where the photo itself is not handed out: its
        name keeps its own. Names have no folders, at most ``LONGEST`` bytes and nothing that Windows refuses. Each
        call takes a name.
        """
        stem, suffix = _parts(path, suffix)
        first = self._key(stem, suffix)
        if first in self._taken:
            numbers = self._numbers
            while True:
                numbers[first] = numbers.get(first, 1) + 1
                number = f"-{numbers[first]}"
                numbered = _cut(stem, LONGEST - len(suffix.encode()) - len(number)) + number
                if self._key(numbered, suffix) not in self._taken:
                    stem = numbered
                    break
        self._taken.add(self._key(stem, suffix))
        return stem + suffix

    def _key(self, stem: str, suffix: str) -> str:
        return _folded(stem if self._unique_stems else stem + suffix)


def legal_name(text: str, otherwise: str = "file") -> str:
    """A text as a file name, or the first part of one, without extension; ``otherwise`` where nothing is left."""
    return _legal(text) or otherwise


def stem_of(name: str) -> str:
    """A name that was given with ``unique_stems``, without the extension: for another file of the same photo."""
    return _IMAGE_SUFFIX.sub("", name)


def _parts(path: str, suffix: str | None) -> tuple[str, str]:
    """Stem, with the folders in front, and extension."""
    *folders, name = re.split(r"[/\\]", path)
    name = _AT_THE_END.sub("", _visible(name))
    found = _IMAGE_SUFFIX.search(name)
    if found:
        own = found.group()
        name = name[: found.start()]
        if suffix is None or own.lower() in _SUFFIXES.get(suffix, {suffix}):
            suffix = own
    suffix = suffix or ""
    place = "_".join(filter(None, (_legal(folder) for folder in folders if folder not in {"", ".", ".."})))
    place = place.encode()[-LONGEST_FOLDERS:].decode("utf-8", "ignore")
    stem = _legal(f"{place}_{name}" if place else name) or "photo"
    return _cut(stem, LONGEST - len(suffix.encode())), suffix


def _legal(text: str) -> str:
    """Without what Windows refuses, what cannot be seen and what turns the text around; may be empty."""
    text = _NOT_ON_WINDOWS.sub("_", _visible(text))
    text = _AT_THE_START.sub("", _AT_THE_END.sub("", text))
    if text.startswith(_FORMULA_STARTS):
        text = f"'{text}"
    if _DEVICE.match(text):
        text = f"_{text}"
    return _cut(text, LONGEST)


def _visible(text: str) -> str:
    """Composed (NFC), without control characters and the like."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(
        character
        for character in text
        # Control and format characters (bidirectional ones among them), line and paragraph separators.
        if character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp"}
    )
    return unicodedata.normalize("NFC", text)


def _cut(text: str, room: int) -> str:
    """At most ``room`` bytes; what is left does not end in a blank or a dot."""
    cut = text.encode()[:room].decode("utf-8", "ignore")
    return cut if cut == text else _AT_THE_END.sub("", cut)


def _folded(name: str) -> str:
    """Equal for names that some file system takes for one: Windows goes by upper case, macOS by its own form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).upper().casefold())
