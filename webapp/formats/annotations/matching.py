"""Matches photo names in annotation files with existing names, which differ in folders, slashes, case and prefixes.

Names are compared in increasingly loose ways. A pair is made only if the loose name is unique on both sides;
everything else is reported, never guessed.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from webapp.formats.files.filenames import safe_path

_HASH_PREFIX = re.compile(r"^(?!(?:19|20)\d{6}[-_])[0-9a-f]{8,64}[-_](?=.)")
"""Prefix that Label Studio adds to a name (8 hex digits and a hyphen), but not a date such as 20260130-."""
_NO_WORD = re.compile(r"[\W_]+")
_NOT_CLEAN = re.compile(r"[^-\w./]")
MAX_FOLDERS = 6
"""Most folders above a file that are compared."""


@dataclass(slots=True)
class Match:
    """The pairs, and all names that are in none."""

    pairs: dict[str, str] = field(default_factory=dict)
    """wanted: available"""
    missing: list[str] = field(default_factory=list)
    """Wanted names without any candidate."""
    unused: list[str] = field(default_factory=list)
    """Available names that are not wanted (nor candidates of an ambiguous one)."""
    ambiguous: dict[str, list[str]] = field(default_factory=dict)
    """wanted: the available names it could mean"""


def match_images(wanted: Iterable[str], available: Iterable[str]) -> Match:
    """Match the names in annotation files (wanted) with names of photos (available)."""
    ours, theirs = _Names(wanted), _Names(available)
    matching = _Matching(ours.names, theirs.names)
    matching.pair({name: [name] for name in ours.names}, {name: [name] for name in theirs.names})
    # With folders first: "a/1.jpg" and "b/1.jpg" are two photos as long as both sides know the folders.
    most_folders = min(ours.most_folders, theirs.most_folders, MAX_FOLDERS)
    for folders in [None, *range(most_folders, -1, -1)]:
        for our_spelling, their_spelling in _SPELLINGS:
            if matching.done:
                break
            candidates = theirs.grouped(their_spelling, folders)
            matching.pair(ours.grouped(our_spelling, folders, among=candidates), candidates)
    return matching.result()


Spelling = Callable[[str], str]
Groups = dict[str, list[str]]
"""Names grouped by their normalised form."""


class _Names:
    """The names of one side, grouped by each normalisation on demand."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(dict.fromkeys(names))
        self._parts: dict[Spelling, list[list[str]]] = {}
        self.most_folders = max((len(parts) - 1 for parts in self._spelled(_slashes)), default=0)

    def grouped(self, spelling: Spelling, folders: int | None, among: Groups | None = None) -> Groups:
        """By the spelling with exactly so many folders, names with fewer left out; None: with all.

        With `among` only what is called like something in there: few are, where 100,000 are listed.
        """
        groups: Groups = defaultdict(list)
        for name, parts in zip(self.names, self._spelled(spelling), strict=True):
            if folders is not None and len(parts) <= folders:
                continue
            key = "/".join(parts if folders is None else parts[-folders - 1 :])
            if among is None or key in among:
                groups[key].append(name)
        groups.pop("", None)
        return groups

    def _spelled(self, spelling: Spelling) -> list[list[str]]:
        if spelling not in self._parts:
            self._parts[spelling] = [
                [part for part in spelling(name).split("/") if part not in {"", "."}] for name in self.names
            ]
        return self._parts[spelling]


class _Matching:
    def __init__(self, wanted: list[str], available: list[str]) -> None:
        self.wanted = wanted
        self.available = available
        self.pairs: dict[str, str] = {}
        self.taken: set[str] = set()
        self.ambiguous: dict[str, list[str]] = {}

    @property
    def done(self) -> bool:
        settled = len(self.pairs) + len(self.ambiguous) == len(self.wanted)
        return settled or len(self.taken) == len(self.available)

    def pair(self, wanted_groups: Groups, available_groups: Groups) -> None:
        """Pair groups with one name on each side; names in larger groups become ambiguous."""
        for key in wanted_groups.keys() & available_groups.keys():
            candidates = available_groups[key]
            free = [name for name in candidates if name not in self.taken]
            for name in wanted_groups[key]:
                if not free or name in self.pairs or name in self.ambiguous:
                    continue
                if len(wanted_groups[key]) == 1 and len(candidates) == 1:
                    self.pairs[name] = candidates[0]
                    self.taken.add(candidates[0])
                else:
                    self.ambiguous[name] = free

    def result(self) -> Match:
        undecided = {name for names in self.ambiguous.values() for name in names}
        return Match(
            pairs={name: self.pairs[name] for name in self.wanted if name in self.pairs},
            missing=[name for name in self.wanted if name not in self.pairs and name not in self.ambiguous],
            unused=[name for name in self.available if name not in self.taken and name not in undecided],
            ambiguous={name: self.ambiguous[name] for name in self.wanted if name in self.ambiguous},
        )


def _slashes(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).replace("\\", "/")


def _as_kept(name: str) -> str:
    """The name after an import: too long ones are shortened."""
    return safe_path(name.strip())


def _any_case(name: str) -> str:
    return _slashes(name).casefold()


def _decoded(name: str) -> str:
    """Without the escapes and the query of an address; Label Studio writes
    `/data/local-files/?d=folder/name.jpg`."""
    name = _slashes(name)
    if "?d=" in name:
        name = name.partition("?d=")[2]
    return _any_case(unquote(name))


def _without_hash(name: str) -> str:
    folder, slash, file = _decoded(name).rpartition("/")
    return folder + slash + _HASH_PREFIX.sub("", file)


def _squashed(name: str) -> str:
    """Blanks, parentheses, hyphens and the like, which tools exchange, are made equal."""
    return _squash(_decoded(name))


def _squashed_without_hash(name: str) -> str:
    return _squash(_without_hash(name))


def _squash(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    return f"{folder}{slash}{_NO_WORD.sub('_', stem).strip('_') or stem}{dot}{suffix}"


def _cleaned(name: str) -> str:
    """As Label Studio cleans a name before it puts the prefix in front: "a(1).jpg" becomes "a1.jpg"."""
    return _NOT_CLEAN.sub("", _decoded(name).replace(" ", "_"))


# From strict to loose. A prefix is removed on one side only: two different prefixes are two uploads.
_SPELLINGS: list[tuple[Spelling, Spelling]] = [
    (_slashes, _slashes),
    (_as_kept, _as_kept),
    (_any_case, _any_case),
    (_decoded, _decoded),
    (_without_hash, _decoded),
    (_decoded, _without_hash),
    (_without_hash, _cleaned),
    (_cleaned, _without_hash),
    (_squashed, _squashed),
    (_squashed_without_hash, _squashed),
    (_squashed, _squashed_without_hash),
]
