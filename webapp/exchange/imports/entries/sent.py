"""The photos that came with an import."""

from collections import defaultdict

from sqlalchemy import or_, select

from webapp.core.extensions import db
from webapp.exchange.imports import known_images
from webapp.exchange.imports.entries.targets import NewImage, Target
from webapp.exchange.imports.findings import ImportFindings
from webapp.exchange.imports.known_images import KnownImage
from webapp.formats.annotations.folders import telling_folder
from webapp.formats.annotations.orientation import UPRIGHT
from webapp.formats.files.filenames import safe_filename
from webapp.images import faults as image_faults
from webapp.images.names import free_name
from webapp.models import DataImport, FileKind, ImportFile


def sent_photos(data_import: DataImport, findings: ImportFindings) -> tuple[list[ImportFile], bool]:
    """The valid photos, and whether any were sent, valid or not; other files are added to the findings."""
    photos_sent = False
    good = []
    litter = []
    files = db.session.scalars(
        select(ImportFile)
        .where(
            ImportFile.import_id == data_import.id,
            or_(ImportFile.kind != FileKind.ANNOTATIONS, ImportFile.fault.is_not(None)),
        )
        .order_by(ImportFile.id)
    )
    for file in files:
        photos_sent |= file.kind in (FileKind.PHOTO, FileKind.ZIP)
        if file.kind is FileKind.LITTER:
            litter.append(file.path)
        elif file.fault is not None:
            code = "photo_refused" if file.kind is FileKind.PHOTO else "file_refused"
            findings.add("skipped", code, [f"{file.path}: {image_faults.sentence(file.fault)}"])
        elif file.kind is FileKind.PHOTO:
            good.append(file)
            for remark in file.remarks:
                findings.add("fixed", "photo_remark", [f"{file.path}: {image_faults.sentence(remark)}"])
    if litter:
        findings.add("skipped", "system_file", litter)
    return good, photos_sent


class SentPhotos:
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
        return NewImage(
            file.sha256 or "",
            name,
            file.width or 0,
            file.height or 0,
            file.size,
            file.orientation or UPRIGHT,
            file.measured,
            folder=telling_folder(file.path),
        )


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
