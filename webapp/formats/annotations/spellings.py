"""The ways in which tools write the name of one photo, from strict to loose."""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

from webapp.formats.files.filenames import safe_path

Spelling = Callable[[str], str]
_HASH_PREFIX = re.compile(r"^(?!(?:19|20)\d{6}[-_])[0-9a-f]{8,64}[-_](?=.)")
"""Prefix that Label Studio adds to a name (8 hex digits and a hyphen), but not a date such as 20260130-."""
_ROBOFLOW = re.compile(
    r"(?<=.)[-_](?:jpe?g|jfif|png|bmp|webp|tiff?|gif|heic|avif)\.rf\.[0-9a-z]{6,}$", re.IGNORECASE
)
"""What Roboflow makes of the extension: "a.jpg" becomes "a_jpg.rf.<hash>.jpg"."""
_EXTENSION = re.compile(
    r"(?<=.)\.(?:jpe?g|jpe|jfif|png|bmp|dib|webp|tiff?|gif|hei[cf]|avif|jp2|j2k|jxl|p[gpn]m|dng|json|xml|txt|csv)$",
    re.IGNORECASE,
)
_NO_WORD = re.compile(r"[\W_]+")
_NOT_CLEAN = re.compile(r"[^-\w./]")


def slashes(name: str) -> str:
    """Composed Unicode, slashes."""
    return unicodedata.normalize("NFC", name.strip()).replace("\\", "/")


def has_extension(name: str) -> bool:
    """Whether it ends as the name of a photo or a label file does."""
    return _EXTENSION.search(slashes(name)) is not None


def _as_kept(name: str) -> str:
    """The name after an import: too long ones are shortened."""
    return safe_path(name.strip())


def _any_case(name: str) -> str:
    return slashes(name).casefold()


def decoded(name: str) -> str:
    """Without the escapes and the query of an address; Label Studio writes
    `/data/local-files/?d=folder/name.jpg`."""
    name = slashes(name)
    if "?d=" in name:
        name = name.partition("?d=")[2]
    return _any_case(unquote(name))


def _without_hash(name: str) -> str:
    folder, slash, file = decoded(name).rpartition("/")
    return folder + slash + _HASH_PREFIX.sub("", file)


def _squashed(name: str) -> str:
    """Blanks, parentheses, hyphens and the like, which tools exchange, are made equal."""
    return _squash(decoded(name))


def _squashed_without_hash(name: str) -> str:
    return _squash(_without_hash(name))


def _squash(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    return f"{folder}{slash}{_NO_WORD.sub('_', stem).strip('_') or stem}{dot}{suffix}"


def _cleaned(name: str) -> str:
    """As Label Studio cleans a name before it puts the prefix in front: "a(1).jpg" becomes "a1.jpg"."""
    return _NOT_CLEAN.sub("", decoded(name).replace(" ", "_"))


def _stem(name: str) -> str:
    return _EXTENSION.sub("", decoded(name))


def _stem_without_hash(name: str) -> str:
    return _EXTENSION.sub("", _without_hash(name))


def _stem_before_roboflow(name: str) -> str:
    return _EXTENSION.sub("", _ROBOFLOW.sub("", _stem(name)))


def _squashed_stem(name: str) -> str:
    return _squash_all(_stem(name))


def _squashed_before_roboflow(name: str) -> str:
    return _squash_all(_stem_before_roboflow(name))


def _squash_all(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{_NO_WORD.sub('_', file).strip('_') or file}"


SPELLINGS: list[tuple[Spelling, Spelling]] = [
    (slashes, slashes),
    (_as_kept, _as_kept),
    (_any_case, _any_case),
    (decoded, decoded),
    (_without_hash, decoded),
    (decoded, _without_hash),
    (_without_hash, _cleaned),
    (_cleaned, _without_hash),
    (_squashed, _squashed),
    (_squashed_without_hash, _squashed),
    (_squashed, _squashed_without_hash),
]
"""Of the wanted and the available name. A prefix is removed on one side only: two prefixes are two uploads."""
STEM_SPELLINGS: list[tuple[Spelling, Spelling]] = [
    (_stem, _stem),
    (_stem_before_roboflow, _stem),
    (_stem, _stem_before_roboflow),
    (_stem_without_hash, _stem),
    (_stem, _stem_without_hash),
    (_squashed_stem, _squashed_stem),
    (_squashed_before_roboflow, _squashed_stem),
    (_squashed_stem, _squashed_before_roboflow),
]
"""Photos that a tool converted or renamed: "a.jpeg" for "a.png", "a_jpg.rf.<hash>.jpg" for "a.jpg".

Two different hashes of Roboflow are two versions of a photo, which may be turned or cropped.
"""
