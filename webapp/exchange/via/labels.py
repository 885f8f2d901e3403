"""Photos with their labels as a VIA project, and saving what VIA sends back, photo by photo."""

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.annotations import categories
from webapp.annotations import queries as annotation_queries
from webapp.annotations import store as annotation_store
from webapp.annotations.shape_checks import NewShape
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.attribute_log import short_text
from webapp.formats.via.regions import Merged, attributes_beside, merge, of_both, region_of
from webapp.formats.via.writer import CATEGORY, VERSION, choice, photo_key, settings
from webapp.models import Annotation, DetectionModel, Image, LabelSource, User
from webapp.models.columns import LARGEST_ID

MOST_PHOTOS = 500
MOST_REGIONS = 10_000
NAMES_SHOWN = 5


@dataclass
class ViaReport:
    """Result of each photo that VIA sent, by file name."""

    saved: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    """Saved after mending shapes."""
    unchanged: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    """Somebody else saved in between."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """File name and sentence."""
    unknown: int = 0
    """Photos that this model does not have."""
    attributes: set[str] = field(default_factory=set)
    """Region attributes other than the category, which are not stored."""
    versions: dict[str, int] = field(default_factory=dict)
    """New versions of the saved photos by id."""
    joined: dict[str, list[Any]] = field(default_factory=dict)
    """The regions of photos, by id, that somebody else had changed too: of both, as they are stored now."""
    joined_names: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was sent was saved."""
        return not (self.conflicts or self.refused or self.unknown)


def project_of(model: DetectionModel, images: list[Image], folder: str) -> dict[str, Any]:
    """A VIA project, with the id and label version of each photo.

    ``folder`` is the URL prefix of photos, which are addressed by id.
    """
    metadata: dict[str, Any] = {}
    photos: dict[str, Any] = {}
    by_image = annotation_queries.annotations_of_many([image.id for image in images])
    for image in images:
        key = photo_key(image.filename, image.file.size)
        regions = [region_of(one, one.category.name) for one in by_image[image.id]]
        shown = [region for region in regions if region is not None]
        attributes = {"no_object": "yes" if image.no_object else "no"}
        if len(shown) < len(regions):
            attributes["kept"] = _("%(n)s, they stay as they are", n=len(regions) - len(shown))
        metadata[key] = {
            "filename": image.filename,
            "size": image.file.size,
            "regions": shown,
            "file_attributes": attributes,
        }
        photos[key] = {"id": image.id, "version": image.annotations_version}
    names = [category.name for category in categories.list_categories(model)]
    project = {
        "_via_settings": settings(model.name, folder),
        "_via_img_metadata": metadata,
        "_via_attributes": {
            "region": {CATEGORY: choice(_("Category"), names)},
            "file": {
                "no_object": choice(_("No object here"), ["no", "yes"]),
                "kept": {
                    "type": "text",
                    "description": _("Labels that VIA cannot show"),
                    "default_value": "",
                },
            },
        },
        "_via_data_format_version": VERSION,
        "_via_image_id_list": list(metadata),
    }
    return {"project": project, "photos": photos}


def save(model: DetectionModel, sent: Any, user: User) -> ViaReport:
    """Keep ``[{"id", "version", "regions", "no_object", "base"}]``. One transaction for each photo.

    ``base`` has the regions as they were loaded: with them a photo that somebody else changed meanwhile is joined of
    both versions; without them it is a conflict.

    Raises UserError for another structure.
    """
    if not isinstance(sent, list) or len(sent) > MOST_PHOTOS:
        raise _not_from_via()
    report = ViaReport()
    for photo in sent:
        _save_photo(model, photo, user, report)
    return report


def _save_photo(model: DetectionModel, photo: Any, user: User, report: ViaReport) -> None:
    number, version = (photo.get(name) if isinstance(photo, dict) else None for name in ("id", "version"))
    regions = photo.get("regions") if isinstance(photo, dict) else None
    if type(number) is not int or type(version) is not int or not isinstance(regions, list):
        raise _not_from_via()
    image = db.session.get(Image, number) if 0 < number <= LARGEST_ID else None
    if image is None or image.model_id != model.id:
        report.unknown += 1
        return
    name, image_id = image.filename, image.id
    try:
        is_joined = image.annotations_version != version and isinstance(photo.get("base"), list)
        if is_joined:
            regions = of_both(photo["base"], regions, _regions(image))
            version = image.annotations_version
        mended = _replace(image, version, regions, photo.get("no_object") is True, user)
    except UserError as error:
        db.session.rollback()
        if error.status == 412:
            report.conflicts.append(name)
        else:
            report.refused.append((name, error.message))
        return
    report.attributes |= attributes_beside(regions)
    report.versions[str(image_id)] = image.annotations_version
    if is_joined:
        report.joined[str(image_id)] = _regions(image)
        report.joined_names.append(name)
    if mended is None:
        report.unchanged.append(name)
    else:
        (report.mended if mended else report.saved).append(name)


def _regions(image: Image) -> list[Any]:
    """The labels that VIA can show, as its regions."""
    shown = (region_of(one, one.category.name) for one in annotation_queries.annotations_of(image))
    return [region for region in shown if region is not None]


def _replace(image: Image, version: int, regions: list[Any], no_object: bool, user: User) -> list[Any] | None:
    """Save one photo: what was mended; None if nothing had changed and nothing was written."""
    if len(regions) > MOST_REGIONS:
        raise UserError(
            _("A photo holds at most %(n)s regions.", n=MOST_REGIONS), code="too_many", field="regions"
        )
    if image.annotations_version != version:
        raise annotation_store.saved_by_someone_else()
    there = annotation_queries.annotations_of(image)
    merged = merge([(one, one.category.name) for one in there], regions)
    is_empty = not merged.kept and not merged.new
    if not merged.changed and (no_object == image.no_object or not is_empty):
        return None
    shapes = [_as_stored(there[place]) for place in merged.kept] + _new_shapes(merged)
    return annotation_store.replace(
        image, shapes, no_object and is_empty, version, source=LabelSource.VIA, user=user, mend=True
    )


def _as_stored(annotation: Annotation) -> NewShape:
    return NewShape(
        category=annotation.category.name,
        segmentation=None if annotation.is_box else annotation.segmentation,
        bbox=annotation.bbox,
        iscrowd=annotation.iscrowd,
        is_box=annotation.is_box,
        suggested=annotation.suggested,
    )


def _new_shapes(merged: Merged) -> list[NewShape]:
    shapes = []
    for region in merged.new:
        shape = region.outline.shape
        if shape is None:
            raise UserError(
                _("Region %(n)s has no area: draw a box or a polygon.", n=region.number),
                code="shape_invalid",
                field=f"regions[{region.number - 1}]",
            )
        if not region.category:
            raise UserError(
                _("Region %(n)s has no category: choose one.", n=region.number),
                code="category_missing",
                field=f"regions[{region.number - 1}]",
            )
        shapes.append(
            NewShape(
                category=region.category,
                segmentation=None if shape.is_box else shape.segmentation,
                bbox=shape.bbox,
                is_box=shape.is_box,
            )
        )
    return shapes


def _not_from_via() -> UserError:
    return UserError(
        _("This did not come from VIA on this page: load the page again."),
        code="not_from_via",
        field="photos",
    )


def sentence(report: ViaReport) -> str:
    """The result as a sentence for the user."""
    saved = len(report.saved) + len(report.mended)
    if saved or report.conflicts or report.refused or report.unknown:
        parts = [ngettext("%(num)s photo saved.", "%(num)s photos saved.", saved)]
    else:
        parts = [_("Nothing has changed.")]
    if report.attributes:
        names = _names([short_text(name) for name in sorted(report.attributes)])
        parts.append(_("Of a region the category is kept, not its other attributes: %(names)s.", names=names))
    if report.mended:
        names = _names(report.mended)
        parts.append(
            _("Shapes that crossed themselves or left the photo were mended: %(names)s.", names=names)
        )
    if report.joined_names:
        parts.append(
            _(
                "Somebody else changed these labels meanwhile; the shapes of both are kept: %(names)s.",
                names=_names(report.joined_names),
            )
        )
    if report.conflicts:
        parts.append(
            _(
                "Not saved, because somebody else changed the labels meanwhile: %(names)s. Keep your work with "
                "VIA's own export, then load the page again.",
                names=_names(report.conflicts),
            )
        )
    for name, reason in report.refused[:NAMES_SHOWN]:
        parts.append(_("Not saved: %(name)s. %(reason)s", name=name, reason=reason))
    if len(report.refused) > NAMES_SHOWN:
        more = len(report.refused) - NAMES_SHOWN
        parts.append(
            ngettext("%(num)s more photo was not saved.", "%(num)s more photos were not saved.", more)
        )
    if report.unknown:
        parts.append(
            ngettext(
                "%(num)s photo is not in this model any more.",
                "%(num)s photos are not in this model any more.",
                report.unknown,
            )
        )
    return " ".join(parts)


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown}, …" if len(names) > NAMES_SHOWN else shown
