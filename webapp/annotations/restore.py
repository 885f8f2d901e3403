"""Restores an earlier version of a photo's labels as a new version."""

from webapp.annotations import categories, history, store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.models import DetectionModel, Image, LabelSource, User


def restore(image: Image, version: int, user: User | None) -> None:
    """Restore a version; the current labels stay in the history. Commits.

    A category that was renamed since has its new name; a deleted one is created again. Raises UserError (404)
    if the version is not stored.
    """
    present = store.lock([image.id]).get(image.id, 0)
    earlier = history.version_of(image, version)
    model = db.session.get_one(DetectionModel, image.model_id)
    names = {category.id: category.name for category in categories.list_categories(model)}
    shapes = [
        ParsedShape(
            category=names.get(row["category_id"], row["category"]),
            segmentation=row["segmentation"],
            bbox=row["bbox"],
            area=row["area"],
            iscrowd=row["iscrowd"],
            is_box=row["is_box"],
            suggested=row.get("suggested", False),
        )
        for row in earlier.document or []
    ]
    labels = ImageAnnotations(image.id, shapes, earlier.no_object)
    store.write(model, [labels], source=LabelSource.RESTORE, user=user)
    store.record_labels(image, present, shapes, earlier.no_object, LabelSource.RESTORE)
    db.session.commit()
    db.session.refresh(image)
