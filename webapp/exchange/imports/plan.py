"""Decides which photo each entry of an annotation file means: one that was uploaded with it, or one of the model."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from webapp.exchange.imports import known_images, spool
from webapp.exchange.imports.choices import ImportChoices
from webapp.exchange.imports.entries import targets
from webapp.exchange.imports.entries.sent import SentPhotos, sent_photos
from webapp.exchange.imports.entries.targets import NewImage, Target, key_of
from webapp.exchange.imports.findings import ImportFindings
from webapp.exchange.imports.known_images import KnownImage
from webapp.exchange.imports.spool import ListedImage
from webapp.formats.annotations.drawn_on import Drawn, Orientations, decide
from webapp.formats.annotations.fitting import FittedShapes, fit_to_image
from webapp.formats.annotations.folders import split_of
from webapp.formats.annotations.options import ReadOptions
from webapp.formats.annotations.orientation import UPRIGHT
from webapp.formats.annotations.parsed import ParsedImage, ParsedShape
from webapp.images.values import ranges, remarks
from webapp.models import DataImport, ImportFile, Split


@dataclass
class ImportPlan:
    """Targets of all parts of an import, for the model's present state."""

    listed: list[ListedImage] = field(default_factory=list)
    """All photos in the annotation files."""
    new: list[NewImage] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    """Target by the file name in the annotation file."""
    already_there: list[KnownImage] = field(default_factory=list)
    """Uploaded photos that the model already has."""
    groups: list[list[ListedImage]] = field(default_factory=list)
    """The listed photos that have a target, those of one target together."""
    photos_sent: bool = False
    """Whether any photo was uploaded, valid or not."""
    orientations: Orientations = field(default_factory=Orientations)
    """By ``_drawing``."""
    in_several_files: set[str] = field(default_factory=set)
    """File names that several annotation files list."""
    findings: ImportFindings = field(default_factory=ImportFindings)
    """Findings of the matching; reading and fitting have separate ones."""


def build(data_import: DataImport, choices: ImportChoices) -> ImportPlan:
    """Match the parsed entries with photos. Reads the database and changes nothing."""
    reading, listed = spool.read(data_import.id), spool.listed(data_import.id)
    plan = ImportPlan(listed=listed)
    photos, plan.photos_sent = sent_photos(data_import, plan.findings)
    by_hash = known_images.by_hash(data_import.model_id, [file.sha256 for file in photos if file.sha256])
    sent = SentPhotos(data_import.model_id, photos, by_hash)
    plan.already_there = [by_hash[sha256] for sha256 in sent.hashes if sha256 in by_hash]
    _match(plan, data_import.model_id, listed, [file["path"] for file in reading.files], sent)
    _take_back_exported(plan, data_import.model_id, listed, sent)
    plan.new = list(sent.new.values())
    plan.groups = _groups(plan, listed)
    splits = _splits(plan, listed, photos, sent, report=choices.split is None)
    for photo in plan.new:
        photo.split = splits.get(photo.sha256)
    _report_sent(plan, sent, lambda photo: choices.split or splits.get(photo.id) or data_import.split)
    _report_values(plan, data_import)
    counts = Counter(photo.file_name for photo in listed)
    plan.in_several_files = {name for name, count in counts.items() if count > 1}
    plan.orientations = _orientations(plan, listed, choices.reading)
    return plan


def _orientations(plan: ImportPlan, listed: list[ListedImage], options: ReadOptions) -> Orientations:
    photos = [(photo, plan.targets[photo.file_name]) for photo in listed if photo.file_name in plan.targets]
    turned = [
        (
            drawing_name(plan, photo),
            photo.drawing,
            target.width,
            target.height,
            target.orientation,
        )
        for photo, target in photos
        if photo.count and target.orientation != UPRIGHT
    ]
    return decide(turned, options.orientation)


def drawing_name(plan: ImportPlan, photo: ListedImage) -> str:
    """A listed photo, as ``ImportPlan.orientations`` names it."""
    return _drawing(plan, photo.file_name, photo.drawing.source)


def _drawing(plan: ImportPlan, file_name: str, source: str) -> str:
    """A listed photo; with its annotation file where several list it, as each tool may have drawn on it otherwise."""
    return f"{file_name} ({source})" if file_name in plan.in_several_files else file_name


def fitted(plan: ImportPlan, image: ParsedImage, target: Target) -> FittedShapes:
    """The shapes of a listed photo, fitted to its target."""
    drawn = plan.orientations.drawn(_drawing(plan, image.file_name, image.source))
    return fit_to_image(image, target.width, target.height, target.orientation, drawn)


def both_ways(image: ParsedImage, target: Target) -> dict[Drawn, list[ParsedShape]]:
    """The shapes of a listed photo in its target by each answer about its orientation, for a preview to draw."""
    return {
        drawn: fit_to_image(image, target.width, target.height, target.orientation, drawn).shapes
        for drawn in Drawn
    }


def _groups(plan: ImportPlan, listed: list[ListedImage]) -> list[list[ListedImage]]:
    groups: dict[int | str, list[ListedImage]] = {}
    for photo in listed:
        if target := plan.targets.get(photo.file_name):
            groups.setdefault(key_of(target), []).append(photo)
    return list(groups.values())


def _splits(
    plan: ImportPlan, listed: list[ListedImage], photos: list[ImportFile], sent: SentPhotos, report: bool
) -> dict[int | str, Split]:
    """The split of each photo that was sent, by ``key_of``; photos of which nothing says one are left out.

    An export of ours says it first, then the folder of the photo, then the folder in an annotation file.
    """
    splits: dict[int | str, Split] = {}
    by_target = [(plan.targets[photo.file_name], photo) for group in plan.groups for photo in group]
    for target, photo in by_target:
        if photo.split in list(Split):
            splits.setdefault(key_of(target), Split(photo.split))
    first: dict[int | str, tuple[Split, str]] = {}
    twice = []
    for file in photos:
        named = split_of(file.path)
        if named is None or file.sha256 is None:
            continue
        key = key_of(sent.targets[file.sha256])
        split, path = first.setdefault(key, (Split(named), file.path))
        if split != named and key not in splits:
            twice.append(f"{file.path} = {path}")
    if twice and report:
        plan.findings.add("fixed", "photo_in_two_splits", twice)
    for key, (split, _path) in first.items():
        splits.setdefault(key, split)
    for target, photo in by_target:
        if named := split_of(photo.file_name):
            splits.setdefault(key_of(target), Split(named))
    return splits


def _match(
    plan: ImportPlan, model_id: int, listed: list[ListedImage], files: list[str], sent: SentPhotos
) -> None:
    by_path = {path: sent.targets[sha256] for path, sha256 in sent.names.items()}
    found = targets.find(model_id, listed, files, by_path, sent.names)
    plan.targets = found.by_name
    if found.renamed:
        named = [f"{name} → {path}" for name, path in found.renamed.items()]
        plan.findings.add("fixed", "photo_matched_by_stem", named)
    lost: dict[str, list[str]] = {"photo_ambiguous": [], "photo_in_other_folder": [], "photo_not_there": []}
    for name in dict.fromkeys(photo.file_name for photo in listed):
        if name in plan.targets:
            continue
        if name in found.ambiguous:
            lost["photo_ambiguous"].append(name)
        elif name in found.elsewhere:
            lost["photo_in_other_folder"].append(f"{name} ≠ {found.elsewhere[name]}")
        else:
            lost["photo_not_there"].append(name)
    for code, names in lost.items():
        if names:
            plan.findings.add("skipped", code, names)
    without = [photo for photo in listed if photo.count and photo.file_name not in plan.targets]
    if without:
        shapes = sum(photo.count for photo in without)
        names = list(dict.fromkeys(photo.file_name for photo in without))
        plan.findings.add("skipped", "shape_without_photo", names, shapes)


def _take_back_exported(plan: ImportPlan, model_id: int, listed: list[ListedImage], sent: SentPhotos) -> None:
    """Recognise photos of our own exports whose stored bytes differ from the uploaded ones (EXIF, BMP, TIFF).

    The export contains the stored bytes, and the hash of the originally uploaded ones.
    """
    names = {
        photo.file_name: photo.sha256
        for photo in listed
        if photo.sha256 and isinstance(plan.targets.get(photo.file_name), NewImage)
    }
    known = known_images.by_hash(model_id, list(names.values()))
    for name, sha256 in names.items():
        target, photo = plan.targets[name], known.get(sha256)
        if not isinstance(target, NewImage) or photo is None:
            continue
        if (target.width, target.height, target.size) == (photo.width, photo.height, photo.size):
            plan.targets[name] = photo
            plan.already_there.append(photo)
            sent.new.pop(target.sha256, None)
            sent.renamed.pop(target.sha256, None)


def _report_sent(plan: ImportPlan, sent: SentPhotos, wanted: Callable[[KnownImage], Split]) -> None:
    """``wanted`` is the split that the import would give a photo."""
    if sent.renamed:
        plan.findings.add("fixed", "photo_renamed", list(sent.renamed.values()))
    elsewhere = [photo for photo in plan.already_there if photo.split != wanted(photo)]
    if elsewhere:
        named = [f"{photo.filename} ({photo.split})" for photo in elsewhere]
        plan.findings.add("skipped", "photo_in_other_split", named)
    here = [photo.filename for photo in plan.already_there if photo.split == wanted(photo)]
    if here:
        plan.findings.add("skipped", "photo_known", here)
    if sent.repeated:
        plan.findings.add("skipped", "photo_twice", sent.repeated)


def _report_values(plan: ImportPlan, data_import: DataImport) -> None:
    """In which range photos with more than 8 bits are seen, and which have values beyond it."""
    seen = [(photo.filename, photo.measured) for photo in plan.new if photo.measured is not None]
    setting = ranges.range_with(data_import.model, (measured for _name, measured in seen))
    for name, measured in seen:
        beyond = measured.is_beyond(setting)
        shown = measured.range_with(setting)
        low, high = (measured.lowest, measured.highest) if beyond else (shown.low, shown.high)
        named = f"{name} ({remarks.number(low)}–{remarks.number(high)})"
        plan.findings.add("fixed", "values_beyond" if beyond else "values_shown", [named])
