"""Sentences of an import report: what was repaired (fixed) or left out (skipped)."""

from flask_babel import lazy_gettext as _l

from webapp.formats.annotations import AnnotationFault as Fault

SENTENCES = {
    Fault.FLAT_SEGMENTATION: _l("Polygon written as one flat list: read as one polygon"),
    Fault.POINT_PAIRS: _l("Points written as pairs: read as a polygon"),
    Fault.ODD_COORDINATES: _l("A coordinate without its partner at the end of a polygon: left out"),
    Fault.POLYGON_CLOSED: _l("First point repeated at the end: removed"),
    Fault.POLYGON_PART_DROPPED: _l("One part of a shape was unusable: the other parts are kept"),
    Fault.BOX_ONLY: _l("Box without a polygon: kept as its rectangle"),
    Fault.REPLACED_BY_BOX: _l("Unusable polygon: its box is kept"),
    Fault.BBOX_RECOMPUTED: _l("Box did not fit its polygon: computed again"),
    Fault.AREA_RECOMPUTED: _l("Area was missing or wrong: computed again"),
    Fault.ISCROWD_UNUSUAL: _l("Unusual value of iscrowd: understood"),
    Fault.CROWD_MASKS_AS_OBJECTS: _l("Every mask was marked as a crowd: taken as single objects"),
    Fault.CATEGORY_LISTED_TWICE: _l("Category listed more than once: merged"),
    Fault.CATEGORY_NAME_CHANGED: _l("Category name cleaned"),
    Fault.IMAGE_LISTED_TWICE: _l("Photo listed more than once: merged"),
    Fault.IMAGE_SIZE_UNREADABLE: _l("Size of the photo could not be read: the photo's own is used"),
    Fault.CLIPPED: _l("Shape partly outside its photo: cut at the edge"),
    Fault.SIZE_DIFFERS_SCALED: _l("Photo has another size than the file says: shapes scaled"),
    Fault.SIZE_DIFFERS_KEPT: _l(
        "Photo has other proportions than the file says: coordinates kept, check them"
    ),
    Fault.NOT_AN_OBJECT: _l("Entry that is not a JSON object"),
    Fault.UNKNOWN_IMAGE: _l("Annotation of a photo that the file does not list"),
    Fault.UNKNOWN_CATEGORY: _l("Annotation of a category that the file does not list"),
    Fault.IMAGE_ID_AMBIGUOUS: _l("Annotation whose photo is not certain: two photos have its id"),
    Fault.CATEGORY_ID_AMBIGUOUS: _l("Annotation whose category is not certain: two categories have its id"),
    Fault.NO_SHAPE: _l("Annotation without a shape or box"),
    Fault.TOO_FEW_POINTS: _l("Polygon with fewer than three points"),
    Fault.NO_AREA: _l("Shape without an area"),
    Fault.IMPOSSIBLE_COORDINATES: _l("Coordinates that no photo can have"),
    Fault.NOT_NUMBERS: _l("Coordinates that are not numbers"),
    Fault.RLE_INVALID: _l("Damaged mask (RLE)"),
    Fault.OUTSIDE_PHOTO: _l("Shape outside its photo"),
    Fault.DUPLICATE: _l("The same shape again"),
    Fault.CATEGORY_UNUSED: _l("Category without annotations: not added"),
    Fault.CATEGORY_UNREADABLE: _l("Category without an id or a name"),
    Fault.IMAGE_UNREADABLE: _l("Photo without an id or a file name"),
    "file_refused": _l("File refused"),
    "photo_refused": _l("Photo refused"),
    "photo_in_other_split": _l("Photo is in this model already, in another tab: it stays there"),
    "photo_ambiguous": _l("Photo name fits more than one photo"),
    "photo_not_there": _l("Photo is listed but was not added"),
    "shape_without_photo": _l("Annotations of photos that are not there"),
    "photo_labelled_already": _l("Annotations of photos that have labels already: those are kept"),
}
