"""Decides which photo each entry of an annotation file means: one that was uploaded with it, or one of the model."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.exchange.imports import known_images, spool
from webapp.exchange.imports.findings import ImportFindings
from webapp.exchange.imports.known_images import KnownImage
from webapp.exchange.imports.spool import ListedImage
from webapp.formats.annotations.matching import match_images
from webapp.formats.files.filenames import safe_filename
from webapp.images import faults as image_faults
from webapp.images.names import free_name
from webapp.models import DataImport, FileKind, ImportFile, Split


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
    split: Split | None = None
    """Split in the annotation file; only our own exports have it."""


Target = KnownImage | NewImage


@dataclass
class ImportPlan:
    """Targets of all parts of an import, for the model's present state."""

    new: list[NewImage] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    """Target by the file name in the annotation file."""
    already_there: list[KnownImage] = field(default_factory=list)
    """Uploaded photos that the model already has."""
    photos_sent: bool = False
    """Whether any photo was uploaded, valid or not."""
    findings: ImportFindings = field(default_factory=ImportFindings)
    """Findings of the matching; reading and fitting have separate ones."""


def build(data_import: DataImport) -> ImportPlan:
    """Match the parsed entries with photos. Reads the database and changes nothing."""
    plan = ImportPlan()
    listed = spool.listed(data_import.id)
    photos = _sent_photos(data_import, plan)
    by_hash = known_images.by_hash(data_import.model_id, [file.sha256 for file in photos if file.sha256])
    sent = _Sent(data_import.model_id, photos, by_hash)
    plan.already_there = [by_hash[sha256] for sha256 in sent.hashes if sha256 in by_hash]
    _match(plan, data_import.model_id, listed, sent)
    _take_back_exported(plan, data_import.model_id, listed, sent)
    plan.new = list(sent.new.values())
    _report_sent(plan, data_import, sent)
    for photo in listed:
        target = plan.targets.get(photo.file_name)
        if isinstance(target, NewImage) and photo.split in list(Split):
            target.split = target.split or Split(photo.split)
    return plan


class _Sent:
    """The valid uploaded photos, each content once."""

    def __init__(self, model_id: int, photos: list[ImportFile], in_model: dict[str, KnownImage]) -> None:
        self.hashes = list(dict.fromkeys(file.sha256 for file in photos if file.sha256))
        self.targets: dict[str, Target] = dict(in_model)
        self.repeated = _repeated(photos)
        """Files with the same content as another: both paths."""
        self.renamed: dict[str, str] = {}
        """What got another name, by its hash."""
        self.new: dict[str, NewImage] = {}
        self.model_id = model_id
        taken = known_images.taken_names(model_id, [safe_filename(file.path) for file in photos])
        for file in photos:
            if file.sha256 and file.sha256 not in self.targets:
                self.targets[file.sha256] = self.new[file.sha256] = self._new(file, taken)
        self.names = _names(photos)
        """Names for matching, and the hash of each photo."""

    def _new(self, file: ImportFile, taken: set[str]) -> NewImage:
        wanted = safe_filename(file.path)
        name = wanted if wanted not in taken else free_name(self.model_id, file.path, taken)
        taken.add(name)
        if name != wanted:
            self.renamed[file.sha256 or ""] = f"{file.path} → {name}"
        return NewImage(file.sha256 or "", name, file.width or 0, file.height or 0, file.size)


def _repeated(photos: list[ImportFile]) -> list[str]:
    first: dict[str, str] = {}
    paths = dict.fromkeys((file.sha256, file.path) for file in photos if file.sha256)
    return [f"{path} = {first[sha]}" for sha, path in paths if first.setdefault(sha, path) != path]


def _names(photos: list[ImportFile]) -> dict[str, str]:
    by_path: dict[str, list[str]] = defaultdict(list)
    for file in photos:
        if file.sha256 and file.sha256 not in by_path[file.path]:
            by_path[file.path].append(file.sha256)
    names = {}
    for path, hashes in by_path.items():
        if len(hashes) == 1:
            names[path] = hashes[0]
        else:
            # Different photos with one name and without folders are ambiguous.
            names |= {f"{number}:/{path}": sha256 for number, sha256 in enumerate(hashes)}
    return names


def _match(plan: ImportPlan, model_id: int, listed: list[ListedImage], sent: _Sent) -> None:
    wanted = {photo.file_name: photo for photo in listed}
    first = match_images(wanted, sent.names)
    plan.targets = {name: sent.targets[sent.names[path]] for name, path in first.pairs.items()}
    ambiguous = set(first.ambiguous)
    if first.missing:
        missing = _match_by_hash(plan, model_id, [wanted[name] for name in first.missing])
        ids = known_images.ids_by_name(model_id)
        second = match_images(missing, ids)
        known = known_images.by_id([ids[name] for name in second.pairs.values()])
        plan.targets |= {name: known[ids[path]] for name, path in second.pairs.items() if ids[path] in known}
        ambiguous |= set(second.ambiguous)
    lost = [photo for name, photo in wanted.items() if name not in plan.targets]
    for code, photos in (
        ("photo_ambiguous", [photo for photo in lost if photo.file_name in ambiguous]),
        ("photo_not_there", [photo for photo in lost if photo.file_name not in ambiguous]),
    ):
        if photos:
            plan.findings.add("skipped", code, [photo.file_name for photo in photos])
    without = [photo for photo in lost if photo.count]
    if without:
        shapes = sum(photo.count for photo in without)
        plan.findings.add("skipped", "shape_without_photo", [photo.file_name for photo in without], shapes)


def _match_by_hash(plan: ImportPlan, model_id: int, listed: list[ListedImage]) -> list[str]:
    """Find photos of our own exports, which may have given them other names. Returns the names that are left."""
    known = known_images.by_hash(model_id, [photo.sha256 for photo in listed if photo.sha256])
    found = {photo.file_name: known[photo.sha256] for photo in listed if photo.sha256 in known}
    plan.targets |= found
    return [photo.file_name for photo in listed if photo.file_name not in found]


def _take_back_exported(plan: ImportPlan, model_id: int, listed: list[ListedImage], sent: _Sent) -> None:
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


def _report_sent(plan: ImportPlan, data_import: DataImport, sent: _Sent) -> None:
    if sent.renamed:
        plan.findings.add("fixed", "photo_renamed", list(sent.renamed.values()))
    elsewhere = [photo for photo in plan.already_there if photo.split != data_import.split]
    if elsewhere:
        named = [f"{photo.filename} ({photo.split})" for photo in elsewhere]
        plan.findings.add("skipped", "photo_in_other_split", named)
    here = [photo.filename for photo in plan.already_there if photo.split == data_import.split]
    if here:
        plan.findings.add("skipped", "photo_known", here)
    if sent.repeated:
        plan.findings.add("skipped", "photo_twice", sent.repeated)


def _sent_photos(data_import: DataImport, plan: ImportPlan) -> list[ImportFile]:
    """The valid photos; other files are added to the findings."""
    good = []
    litter = []
    files = db.session.scalars(
        select(ImportFile).where(ImportFile.import_id == data_import.id).order_by(ImportFile.id)
    )
    for file in files:
        plan.photos_sent |= file.kind in (FileKind.PHOTO, FileKind.ZIP)
        if file.kind is FileKind.LITTER:
            litter.append(file.path)
        elif file.fault is not None:
            code = "photo_refused" if file.kind is FileKind.PHOTO else "file_refused"
            plan.findings.add("skipped", code, [f"{file.path}: {image_faults.sentence(file.fault)}"])
        elif file.kind is FileKind.PHOTO:
            good.append(file)
    if litter:
        plan.findings.add("skipped", "system_file", litter)
    return good
