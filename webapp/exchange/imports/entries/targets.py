"""Finds the photo of each listed name: among those that were sent, then among those of the model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from webapp.exchange.imports import known_images
from webapp.exchange.imports.known_images import KnownImage
from webapp.exchange.imports.spool import ListedImage
from webapp.formats.annotations.any_format import place_of
from webapp.formats.annotations.fitting import is_size_of
from webapp.formats.annotations.matching import Match, match_images
from webapp.formats.annotations.spellings import has_extension
from webapp.formats.files.filenames import safe_filename
from webapp.formats.images.value_range import MeasuredValues
from webapp.models import Split


@dataclass(slots=True)
class NewImage:
    """A photo that came with the import and that the model does not have."""

    sha256: str
    filename: str
    """Its name in the model, changed if it is taken."""
    width: int
    height: int
    size: int
    """Bytes."""
    orientation: int
    """EXIF's, 1 to 8."""
    measured: MeasuredValues | None = None
    """Of a photo with more than 8 bits."""
    split: Split | None = None
    """As an export of ours, its folder, or the folder in an annotation file says; None where nothing does."""
    folder: str | None = None
    """The innermost folder of its path that says something."""


Target = KnownImage | NewImage


def key_of(target: Target) -> int | str:
    """Equal for the same photo: its id, or the hash of one that the model does not have."""
    return target.id if isinstance(target, KnownImage) else target.sha256


@dataclass
class Targets:
    """The photos of the names in the annotation files, and why others have none."""

    by_name: dict[str, Target] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """Names that were matched without their extension, or by another name: the photo's."""
    ambiguous: set[str] = field(default_factory=set)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Names of which a photo in another folder is there: its path."""


def find(
    model_id: int,
    listed: list[ListedImage],
    files: list[str],
    sent: Mapping[str, Target],
    contents: Mapping[str, str],
) -> Targets:
    """The photos that the listed names mean.

    ``files`` are the paths of the annotation files; ``sent`` are photos by their path, and ``contents`` their hashes.
    """
    finder = _Finder(listed, files)
    finder.take(finder.match(finder.missing, sent, contents), sent)
    finder.take_exported(model_id)
    ids = known_images.ids_by_name(model_id)
    finder.take_named_after_folder(ids)
    contradicted = [name for name in finder.missing if name in finder.found.elsewhere]
    others = [name for name in finder.missing if name not in finder.found.elsewhere]
    finder.take_known(finder.match(others, ids), ids)
    # A photo that came now in another folder is not meant, whatever the model calls it.
    here = {target.id for target in sent.values() if isinstance(target, KnownImage)}
    ids = {name: i for name, i in ids.items() if i not in here}
    finder.take_known(finder.match(contradicted, ids), ids)
    finder.take_renamed(sent, contents)
    finder.take_renamed_known(ids)
    return finder.found


class _Finder:
    def __init__(self, listed: list[ListedImage], files: list[str]) -> None:
        self.found = Targets()
        self.listed: dict[str, ListedImage] = {}
        self.files: dict[str, set[int]] = {}
        for photo in listed:
            self.listed.setdefault(photo.file_name, photo)
            self.files.setdefault(photo.file_name, set()).add(photo.file)
        places = [place_of(path) for path in files]
        self.places = {name: places[photo.file] for name, photo in self.listed.items()}
        self._used: dict[int | str, set[int]] = {}
        """Numbers of the annotation files that have a name for a photo, by ``key_of``."""

    @property
    def missing(self) -> list[str]:
        """Names without a photo that could still have one."""
        return [
            name
            for name in self.listed
            if name not in self.found.by_name and name not in self.found.ambiguous
        ]

    def match(
        self,
        wanted: Iterable[str],
        available: Iterable[str],
        contents: Mapping[str, str] | None = None,
        by_stem: bool = False,
    ) -> Match:
        return match_images(
            wanted,
            available,
            files=self.files,
            places=self.places,
            contents=contents,
            by_stem=by_stem,
        )

    def take(self, match: Match, targets: Mapping[str, Target]) -> None:
        for name, path in match.pairs.items():
            self._put(name, targets[path])
        self.found.ambiguous |= match.ambiguous.keys()
        self.found.elsewhere |= match.elsewhere

    def take_known(self, match: Match, ids: Mapping[str, int]) -> None:
        known = known_images.by_id([ids[path] for path in match.pairs.values()])
        pairs = {name: path for name, path in match.pairs.items() if ids[path] in known}
        targets = {path: known[ids[path]] for path in pairs.values()}
        self.take(Match(pairs=pairs, ambiguous=match.ambiguous), targets)

    def take_exported(self, model_id: int) -> None:
        """Photos of the model that an export of ours lists, which may have given them other names."""
        hashes = {name: self.listed[name].sha256 or "" for name in self.missing}
        known = known_images.by_hash(model_id, [sha256 for sha256 in hashes.values() if sha256])
        for name, sha256 in hashes.items():
            if sha256 in known:
                self._put(name, known[sha256])

    def take_named_after_folder(self, ids: Mapping[str, int]) -> None:
        """Photos that got their folder in front of the name, since another one had it (``images.names``)."""
        named: dict[str, list[str]] = {}
        for name in self.missing:
            *_above, folder, file = ["", *name.replace("\\", "/").split("/")]
            if folder:
                named.setdefault(safe_filename(f"{folder}_{file}"), []).append(name)
        pairs = {names[0]: kept for kept, names in named.items() if kept in ids and len(names) == 1}
        self.take_known(Match(pairs=pairs), ids)

    def take_renamed(self, sent: Mapping[str, Target], contents: Mapping[str, str]) -> None:
        """Photos that a tool converted or renamed, if they have the size of the listed ones."""
        for pairs in self._renamed(sent, contents):
            self._take_fitting(pairs, sent)

    def take_renamed_known(self, ids: Mapping[str, int]) -> None:
        """The same of photos of the model."""
        for pairs in self._renamed(ids, None):
            known = known_images.by_id([ids[path] for path in pairs.values()])
            self._take_fitting(
                pairs, {path: known[ids[path]] for path in pairs.values() if ids[path] in known}
            )

    def _renamed(
        self, available: Iterable[str], contents: Mapping[str, str] | None
    ) -> Iterable[dict[str, str]]:
        """Pairs by the stem, then by the other names of a photo."""
        yield self.match(self.missing, available, contents, by_stem=True).pairs
        others: dict[str, list[str]] = {}
        for name in self.missing:
            for other in self.listed[name].other_names:
                others.setdefault(other, []).append(name)
        for by_stem in (False, True):
            single = {other: names[0] for other, names in others.items() if len(names) == 1}
            files = {other: self.files[name] for other, name in single.items()}
            places = {other: self.places[name] for other, name in single.items()}
            found = match_images(
                single, available, files=files, places=places, contents=contents, by_stem=by_stem
            )
            yield {
                single[other]: path
                for other, path in found.pairs.items()
                if single[other] not in self.found.by_name
            }

    def _take_fitting(self, pairs: Mapping[str, str], targets: Mapping[str, Target]) -> None:
        for name, path in pairs.items():
            target, photo = targets.get(path), self.listed[name]
            if target is None or self._used.get(key_of(target), set()) & self.files[name]:
                continue
            if is_size_of(photo.width, photo.height, target.width, target.height):
                self._put(name, target)
                if has_extension(name):
                    self.found.renamed[name] = path

    def _put(self, name: str, target: Target) -> None:
        self.found.by_name[name] = target
        self._used.setdefault(key_of(target), set()).update(self.files[name])
