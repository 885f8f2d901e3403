"""Writes an import into its model: photos and labels in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import load_only

from webapp.annotations import categories
from webapp.annotations.store import ImageAnnotations, lock, write
from webapp.audit.recording import touched
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.exchange.imports import plan, spool
from webapp.exchange.imports.choices import Conflict, ImportChoices
from webapp.exchange.imports.entries.labels import LEFT_OUT, LabelReader
from webapp.exchange.imports.entries.targets import NewImage, Target
from webapp.exchange.imports.findings import ImportFindings
from webapp.exchange.imports.known_images import KnownImage
from webapp.exchange.imports.spool import ListedImage
from webapp.formats.annotations.parsed import ParsedShape
from webapp.images import thumbnails
from webapp.images.values import ranges
from webapp.models import Annotation, DataImport, Image, ImportFile, ImportStage, LabelSource, Split, User
from webapp.models.columns import now

PHOTOS = 500
SHAPES = 5_000
"""Shapes fitted and written in one batch."""
Progress = Callable[[int, int], None]
"""Called with the number of listed photos done and in total; may raise to stop, which rolls back everything."""
Batch = list[list[ListedImage]]
"""Photos that are written together, each with all entries of the files that mean it."""


def carry_out(
    data_import: DataImport, choices: ImportChoices, user: User | None, on_progress: Progress
) -> dict[str, Any]:
    """Write everything and store the report; ``user`` is the author in the history of the labels.

    Commits; raises exceptions of ``on_progress``.
    """
    try:
        writer = _Writer(data_import, choices, user)
        writer.add_images()
        total = sum(map(len, writer.plan.groups))
        on_progress(0, total)
        for done in writer.label():
            on_progress(done, total)
        # Late, as it locks the row of the model.
        ranges.observe(data_import.model, (photo.measured for photo in writer.plan.new))
        report = writer.finish()
        touched(writer.changed_ids)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    thumbnails.request(writer.added)
    with kept_files.deleting():
        storage.remove_import_dir(data_import.id)
    return report


class _Writer:
    def __init__(self, data_import: DataImport, choices: ImportChoices, user: User | None) -> None:
        self.data_import = data_import
        self.user = user
        self.choices = choices
        self.findings = ImportFindings()
        self.reading = spool.read(data_import.id)
        self.findings.extend(self.reading.findings)
        self.plan = plan.build(data_import, choices)
        self.findings.extend(self.plan.findings.document())
        self.taken: Counter[str] = Counter()
        """Imported shapes by category name in the model."""
        self.left_out: Counter[str] = Counter()
        self.photos: Counter[str] = Counter()
        """Number of photos by result: labelled, no_object, kept, merged, replaced, without_labels."""
        self.kept: dict[str, int] = {}
        """Skipped shapes by photo name, because the photo keeps its labels."""
        self.added: list[str] = []
        """SHA-256 of the new photos."""
        self._ids: dict[str, int] = {}
        self._written: set[int] = set()

    @property
    def changed_ids(self) -> set[int]:
        """Ids of the photos that were added or labelled."""
        return self._written | set(self._ids.values())

    def add_images(self) -> None:
        """Add the new photos to the model.

        Locks are taken in the same order as by other writers of labels (photos, then categories, then counters
        of triggers), so that two of them cannot deadlock.
        """
        lock([target.id for target in self.plan.targets.values() if isinstance(target, KnownImage)])
        self._add_categories()
        for some in batches(self.plan.new, PHOTOS):
            self._insert(some)

    def _add_categories(self) -> None:
        """Add used categories in the order of the files, not in that of the shapes.

        For our own exports also unused ones; the reading drops unused categories of other files.
        """
        used: set[str] = set()
        named: set[str] = set()
        for photo in self.plan.listed:
            named |= photo.shapes.keys()
            target = self.plan.targets.get(photo.file_name)
            kept = self.choices.conflicts is Conflict.KEEP and getattr(target, "labelled", False)
            if target is not None and not kept:
                used |= photo.shapes.keys()
        names = [
            self.choices.category(name)
            for name in self.reading.categories
            if name in used or name not in named
        ]
        names += [self.choices.category(name) for name in sorted(used - set(self.reading.categories))]
        categories.ensure(self.data_import.model, list(dict.fromkeys(name for name in names if name)))

    def _insert(self, new: list[NewImage]) -> None:
        rows = [
            {
                "model_id": self.data_import.model_id,
                "sha256": photo.sha256,
                "filename": photo.filename,
                "folder": photo.folder,
                "split": self._split(photo),
                "created_at": now(),
            }
            for photo in new
        ]
        added = db.session.execute(
            insert(Image).on_conflict_do_nothing().returning(Image.id, Image.sha256),
            rows,
            execution_options={"populate_existing": True},
        ).all()
        self._ids |= {row.sha256: row.id for row in added}
        self.added += [row.sha256 for row in added]
        lost = [photo for photo in new if photo.sha256 not in self._ids]
        if lost:
            # The same photos, or others with these names, were added in the meantime.
            there = db.session.execute(
                select(Image.sha256, Image.id).where(
                    Image.model_id == self.data_import.model_id,
                    Image.sha256.in_([photo.sha256 for photo in lost]),
                )
            )
            self._ids |= {row.sha256: row.id for row in there}
            refused = [photo.filename for photo in lost if photo.sha256 not in self._ids]
            if refused:
                self.findings.add("skipped", "photo_name_taken_meanwhile", refused)

    def _split(self, photo: NewImage) -> Split:
        return self.choices.split or photo.split or self.data_import.split

    def label(self) -> Iterator[int]:
        """Write the labels; yields the number of listed photos done."""
        batch: Batch = []
        shapes = done = 0
        with spool.photos(self.data_import.id) as read_image:
            self.reader = LabelReader(self.plan, self.choices, read_image)
            for group in self.plan.groups:
                if len(batch) >= PHOTOS or shapes >= SHAPES:
                    self._write(batch)
                    batch, shapes = [], 0
                    yield done
                done += len(group)
                if self._id(self._target(group)) is not None:
                    batch.append(group)
                    shapes += sum(photo.count for photo in group)
            self._write(batch)
        yield done

    def _target(self, group: list[ListedImage]) -> Target:
        return self.plan.targets[group[0].file_name]

    def _id(self, target: Target) -> int | None:
        return target.id if isinstance(target, KnownImage) else self._ids.get(target.sha256)

    def _write(self, batch: Batch) -> None:
        ids = [self._id(self._target(group)) or 0 for group in batch]
        there = _marks(ids)
        labelled = [i for i in ids if there.get(i)]
        present = _shapes_of(labelled) if self.choices.conflicts is Conflict.MERGE else {}
        labels = []
        for group, image_id in zip(batch, ids, strict=True):
            if image_id not in there:
                self.findings.add("skipped", "photo_not_there", [group[0].file_name])
                continue
            found = self._labels(group, image_id, there[image_id], present.get(image_id, []))
            if found is not None:
                labels.append(found)
                self._written.add(image_id)
        if labels:
            write(self.data_import.model, labels, source=LabelSource.IMPORT, user=self.user)

    def _labels(
        self, group: list[ListedImage], image_id: int, labelled: bool, present: list[ParsedShape]
    ) -> ImageAnnotations | None:
        """The new annotations of a photo, None for no change; updates counts and findings."""
        listed_shapes = sum(photo.count for photo in group)
        if not listed_shapes and not any(photo.no_object for photo in group):
            return None
        merges = labelled and self.choices.conflicts is Conflict.MERGE
        if labelled and (self.choices.conflicts is Conflict.KEEP or (merges and not listed_shapes)):
            self.photos["kept"] += 1
            name = group[0].file_name
            self.kept[name] = self.kept.get(name, 0) + listed_shapes
            return None
        found = self.reader.read(group)
        found.shapes = self._renamed(found.shapes)
        shapes = self.reader.missing_in(present, found) if merges else found.shapes
        if merges and not shapes:
            self.photos["kept"] += 1
            return None
        if not shapes and not found.no_object:
            # No usable shapes: keep the photo's present labels.
            return None
        if labelled:
            self.photos["merged" if merges else "replaced"] += 1
        self.photos["labelled" if shapes else "no_object"] += 1
        self.taken.update(shape.category for shape in shapes)
        return ImageAnnotations(image_id, shapes, not shapes, keep_existing=merges)

    def _renamed(self, shapes: list[ParsedShape]) -> list[ParsedShape]:
        """With the names of their categories in the model; without those that are left out."""
        renamed = []
        for shape in shapes:
            name = self.choices.category(shape.category)
            if name is None:
                self.left_out[shape.category] += 1
                continue
            shape.category = name
            renamed.append(shape)
        return renamed

    def finish(self) -> dict[str, Any]:
        """Store the report and delete the rows of the import's files."""
        self.findings.add_parsed(self.reader.fixed.findings, self.reader.skipped.findings)
        if self.reader.left_out:
            self.findings.add("skipped", LEFT_OUT, self.reader.left_out)
        for name, count in self.left_out.items():
            self.findings.add("skipped", "category_left_out", [name], count)
        if shapes := sum(self.kept.values()):
            self.findings.add("skipped", "photo_labelled_already", list(self.kept), shapes)
        elif self.kept:
            self.findings.add("skipped", "photo_labelled_already", list(self.kept), len(self.kept))
        if without := sum(self._ids[sha256] not in self._written for sha256 in self.added):
            self.photos["without_labels"] = without
        report: dict[str, Any] = {
            "images": len(self.added),
            "annotations": self.taken.total(),
            "categories": self._categories(),
            "photos": dict(self.photos),
            "fixed": self.findings.summary("fixed"),
            "skipped": self.findings.summary("skipped"),
        }
        self.data_import.report = report
        self.data_import.findings = self.findings.document()
        self.data_import.preview = None
        self.data_import.stage = ImportStage.COMPLETED
        self.data_import.changed_at = now()
        db.session.execute(delete(ImportFile).where(ImportFile.import_id == self.data_import.id))
        return report

    def _categories(self) -> list[str]:
        """Names as spelled in the model: "Date" may have become an existing "date"."""
        ids = categories.ensure(self.data_import.model, list(self.taken)).values()
        return [one.name for one in categories.list_categories(self.data_import.model) if one.id in set(ids)]


def _marks(image_ids: list[int]) -> dict[int, bool]:
    """Lock these photos and return whether each existing one is labelled."""
    rows = db.session.execute(
        select(Image.id, Image.labelled)
        .where(Image.id.in_(image_ids))
        .order_by(Image.id)
        .with_for_update(of=Image)
    )
    return {row.id: row.labelled for row in rows}


def _shapes_of(image_ids: list[int]) -> dict[int, list[ParsedShape]]:
    found: dict[int, list[ParsedShape]] = {}
    rows = db.session.scalars(
        select(Annotation)
        .where(Annotation.image_id.in_(image_ids))
        .options(
            load_only(
                Annotation.image_id,
                Annotation.category_id,
                Annotation.segmentation,
                Annotation.bbox,
                Annotation.area,
                Annotation.iscrowd,
            )
        )
        .order_by(Annotation.id)
    )
    for row in rows:
        shape = ParsedShape(row.category.name, row.segmentation, row.bbox, row.area, row.iscrowd)
        found.setdefault(row.image_id, []).append(shape)
    return found
