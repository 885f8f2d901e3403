"""Matches photo names in annotation files with existing names, which differ in folders, slashes, case and prefixes.

Names are compared in increasingly loose ways (``spellings``), and in each with fewer and fewer of their folders. A pair
is made only if one photo alone fits; everything else is reported, never guessed.

**Folders.** A name fits only where folders do not contradict (``folders``). Folders whose names say nothing
(``images``, ``annotations``) do not count, and names of splits have one spelling. Then, counted from the file outwards,
both sides must name the same folders as far as both have any:

    wanted                          available              fits
    IMG_1.png                       day2/IMG_1.png         yes: the label file names no folder
    day1/IMG_1.png                  IMG_1.png              yes: the photos came without folders
    day1/IMG_1.png                  day2/IMG_1.png         no: labels of another folder
    day1/cam1/IMG_1.png             day2/cam1/IMG_1.png    no
    cam1/IMG_1.png                  day2/cam1/IMG_1.png    yes: cam1 agrees, the label file does not say more
    annotations/IMG_1.png           images/IMG_1.png       yes: neither name says anything
    annotations/Train/IMG_1.png     images/train/IMG_1.png yes
    val/IMG_1.png                   valid/IMG_1.png        yes: one split
    train/IMG_1.png                 valid/IMG_1.png        no
    /home/lin/parts/IMG_1.png       batch7/IMG_1.png       yes: folders of another machine
    C:/data/day1/IMG_1.png          day2/IMG_1.png         no: names of one kind, so they tell photos apart
    /nas/left/IMG_1.png             right/IMG_1.png        no where photos of a folder "left" are there, else yes
    1.png in set/gt/labels.json     set/frames/1.png       yes: label files may lie anywhere
    1.png in day1/labels.json       day2/1.png             no: names of one kind

**One photo, several names.** Two names are one photo if different files list them and their folders do not contradict
("labelme/1.png" and "coco/1.png"); two names in one file are two photos. Available names with the same content are one
photo.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from webapp.formats.annotations.folders import Folders, essential, is_relative
from webapp.formats.annotations.spellings import SPELLINGS, STEM_SPELLINGS, Spelling, decoded

MAX_FOLDERS = 6
"""Most folders above a file that are compared."""
MAX_COMPARED = 200
"""Most photos of one name whose folders are compared with those of a path of another machine."""


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
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Some of ``missing``, with a photo of that name whose folder contradicts."""


def match_images(
    wanted: Iterable[str],
    available: Iterable[str],
    *,
    files: Mapping[str, Set[int]] | None = None,
    places: Mapping[str, str] | None = None,
    contents: Mapping[str, str] | None = None,
    by_stem: bool = False,
) -> Match:
    """Match the names in annotation files (wanted) with names of photos (available).

    ``files`` are the numbers of the annotation files that list a wanted name (all in one where it is not given),
    ``places`` the folders of these files, which stand in front of the wanted names, and ``contents`` the hash of each
    available photo. ``by_stem`` compares without extensions and what Roboflow adds, and nothing else.
    """
    spellings = STEM_SPELLINGS if by_stem else SPELLINGS
    wanted, available = list(dict.fromkeys(wanted)), list(dict.fromkeys(available))
    if not wanted or not available:
        return Match(missing=wanted, unused=available)
    ours, theirs = _Names(wanted, places or {}), _Names(available, {})
    matching = _Matching(ours, theirs, files or {}, contents or {})
    # The whole path first, then as many of the folders that count as both sides have.
    most = min(ours.most_folders, theirs.most_folders, MAX_FOLDERS)
    for folders in [None, *range(most, -1, -1)]:
        for our_spelling, their_spelling in spellings:
            if matching.done:
                break
            candidates = theirs.grouped(their_spelling, folders)
            matching.pair(ours.grouped(our_spelling, folders, among=candidates), candidates, folders)
    return matching.result()


Groups = dict[str, list[str]]
"""Names grouped by their normalised form."""


class _Names:
    """The names of one side, grouped by each normalisation on demand."""

    def __init__(self, names: list[str], places: Mapping[str, str]) -> None:
        self.names = names
        self._spelled: dict[Spelling, list[tuple[str, str, tuple[str, ...]]]] = {}
        self.folders = {name: _folders(name, places.get(name, "")) for name in self.names}
        self.most_folders = max((len(one.every) for one in self.folders.values()), default=0)

    def grouped(self, spelling: Spelling, folders: int | None, among: Groups | None = None) -> Groups:
        """By the spelling with exactly so many folders that count, names with fewer left out; None: the whole path.

        With `among` only what is called like something in there: few are, where 100,000 are listed.
        """
        groups: Groups = defaultdict(list)
        for name, (whole, file, above) in zip(self.names, self._parts(spelling), strict=True):
            if folders is None:
                key = whole
            elif len(above) >= folders:
                key = "/".join((*above[len(above) - folders :], file))
            else:
                continue
            if among is None or key in among:
                groups[key].append(name)
        groups.pop("", None)
        return groups

    def _parts(self, spelling: Spelling) -> list[tuple[str, str, tuple[str, ...]]]:
        """Of each name: the whole path, the file's name, the folders that count."""
        if spelling not in self._spelled:
            self._spelled[spelling] = [_parted(spelling(name)) for name in self.names]
        return self._spelled[spelling]


def _folders(name: str, place: str) -> Folders:
    clean = decoded(name)
    if "/" not in clean:
        return Folders()
    # What an address asks for (`?d=`) is a path below a folder of another machine.
    found = Folders.of(clean, decoded(place))
    return found if is_relative(name) else replace(found, relative=False)


def _parted(path: str) -> tuple[str, str, tuple[str, ...]]:
    folders, _slash, file = path.rpartition("/")
    whole = "/".join(part for part in path.split("/") if part not in {"", "."})
    # A path that ends with a slash names no file.
    return (whole, file, essential(folders)) if file else ("", "", ())


class _Matching:
    def __init__(
        self, ours: _Names, theirs: _Names, files: Mapping[str, Set[int]], contents: Mapping[str, str]
    ) -> None:
        self.wanted, self.available = ours.names, theirs.names
        self.our_folders, self.their_folders = ours.folders, theirs.folders
        self.known_folders = {one.said[-1] for one in theirs.folders.values() if one.said}
        """Those in which photos lie."""
        self.files, self.contents = files, contents
        self.pairs: dict[str, str] = {}
        self.takers: dict[str, list[str]] = defaultdict(list)
        """Wanted names by the available one that they got."""
        self.ambiguous: dict[str, list[str]] = {}
        self.elsewhere: dict[str, str] = {}
        self._one_file = len({number for numbers in files.values() for number in numbers}) < 2

    @property
    def done(self) -> bool:
        settled = len(self.pairs) + len(self.ambiguous) == len(self.wanted)
        return settled or (self._one_file and len(self.takers) == len(self.available))

    def pair(self, wanted_groups: Groups, available_groups: Groups, folders: int | None) -> None:
        """Pair names of one group where one photo alone fits; where several do, the name becomes ambiguous.

        ``folders`` is how many that count both sides share in each group; None: all.
        """
        for key in wanted_groups.keys() & available_groups.keys():
            group, candidates = wanted_groups[key], available_groups[key]
            # What has more folders than are shared fits only what has no more: that it has not is known by now.
            ended = [one for one in candidates if len(self.their_folders[one].every) == folders]
            for name in group:
                if name in self.pairs or name in self.ambiguous:
                    continue
                above = self.our_folders[name]
                if folders is None or len(above.every) == folders:
                    fitting = candidates
                elif (above.relative and len(above.said) > folders) or len(candidates) > MAX_COMPARED:
                    fitting = ended
                else:
                    fitting = [one for one in candidates if self._fits(name, one)]
                if fitting:
                    self._settle(name, group, fitting)
                else:
                    self.elsewhere.setdefault(name, candidates[0])

    def _settle(self, name: str, group: list[str], fitting: list[str]) -> None:
        free = [one for one in fitting if self._is_free(one, name)]
        if not free:
            return
        alone = free if self._is_one_photo(fitting) else self._closest(name, fitting)
        if alone and not any(self._is_rival(other, name, fitting) for other in group):
            self.pairs[name] = alone[0]
            self.takers[alone[0]].append(name)
        else:
            self.ambiguous[name] = free

    def _fits(self, wanted: str, available: str) -> bool:
        return not self.our_folders[wanted].contradict(self.their_folders[available], self.known_folders)

    def _is_free(self, available: str, name: str) -> bool:
        return all(self._can_be_one(taker, name) for taker in self.takers.get(available, ()))

    def _is_rival(self, other: str, name: str, fitting: list[str]) -> bool:
        """Whether another wanted name of the group, of another photo, could mean the same ones."""
        return (
            other != name
            and not self._can_be_one(other, name)
            and any(self._fits(other, one) for one in fitting)
        )

    def _can_be_one(self, one: str, other: str) -> bool:
        """Whether two wanted names can be one photo."""
        if not self.files or self.files.get(one, set()) & self.files.get(other, set()):
            return False
        return not self.our_folders[one].contradict(self.our_folders[other], self.known_folders)

    def _is_one_photo(self, names: list[str]) -> bool:
        return len({self.contents.get(name, name) for name in names}) == 1

    def _closest(self, name: str, fitting: list[str]) -> list[str]:
        """Of several photos that fit the one that shares the most folders, where only one does; else none.

        "images/1.png" means "set/images/1.png" rather than "set/masks/1.png".
        """
        shared = {one: _shared_folders(name, one) for one in fitting}
        most = max(shared.values())
        closest = [one for one in fitting if shared[one] == most and self._is_free(one, name)]
        return closest if most and closest and self._is_one_photo(closest) else []

    def result(self) -> Match:
        undecided = {name for names in self.ambiguous.values() for name in names}
        missing = [name for name in self.wanted if name not in self.pairs and name not in self.ambiguous]
        return Match(
            pairs={name: self.pairs[name] for name in self.wanted if name in self.pairs},
            missing=missing,
            unused=[name for name in self.available if name not in self.takers and name not in undecided],
            ambiguous={name: self.ambiguous[name] for name in self.wanted if name in self.ambiguous},
            elsewhere={name: self.elsewhere[name] for name in missing if name in self.elsewhere},
        )


def _shared_folders(one: str, other: str) -> int:
    """How many folders above the file have the same name."""
    ours, theirs = (decoded(name).split("/")[-2::-1] for name in (one, other))
    pairs = zip(ours, theirs, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))
