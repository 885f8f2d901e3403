"""The result of all annotation parsers, ``ParsedAnnotations``, with names in place of the ids of a file.

Codes are translated to sentences by ``webapp/exchange/imports/finding_sentences.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from webapp.formats.annotations.options import Question
from webapp.formats.masks.segmentation import Box, Segmentation

MAX_EXAMPLES = 10_000
"""Most examples kept of one kind of finding; further ones are counted."""
MAX_EXAMPLE_LENGTH = 120

Subject = Literal["annotation", "image", "category", "polygon", "file", "attribute"]


class FormatFault(StrEnum):
    """Why a whole annotation file is refused."""

    TOO_LARGE = "too_large"  # params: limit_mb
    EMPTY = "annotations_empty"
    NOT_TEXT = "not_text"
    NOT_JSON = "not_json"  # params: line, column
    NOT_XML = "not_xml"  # params: line, column
    XML_ENTITIES = "xml_entities"  # declares entities, which could expand or name other files
    TOO_DEEP = "too_deep"
    TOO_COMPLEX = "too_complex"  # one entry of millions of numbers
    TOO_MANY = "too_many_entries"  # params: limit
    UNKNOWN_FORMAT = "unknown_format"  # text, but of no tool whose files are known
    NOT_COCO = "not_coco"  # params: missing, the name of the list that is not there


class FormatRejected(Exception):
    """The annotation file as a whole cannot be read."""

    def __init__(self, code: FormatFault, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else str(code))
        self.code = code
        self.params = params


class AnnotationFault(StrEnum):
    """A fault of one part of a file. Repaired ones are in `fixed`, others in `skipped`."""

    # Repaired while reading
    FLAT_SEGMENTATION = "flat_segmentation"  # one list of numbers instead of a list of lists
    POINT_PAIRS = "point_pairs"  # points written as [x, y] each
    ODD_COORDINATES = "odd_coordinates"  # an x without y at the end of a polygon, left out
    POLYGON_CLOSED = "polygon_closed"  # the first point was repeated at the end
    POLYGON_PART_DROPPED = "polygon_part_dropped"  # one of several polygons was unusable, the others are kept
    BOX_ONLY = "box_only"  # no segmentation: the box is kept as its rectangle
    BOX_TURNED = "box_turned"  # a box with an angle: kept as the turned rectangle
    REPLACED_BY_BOX = "replaced_by_box"  # the segmentation is unusable, the box is good
    BBOX_RECOMPUTED = "bbox_recomputed"  # the box was missing or disagreed with the segmentation
    AREA_RECOMPUTED = "area_recomputed"  # the area was missing or disagreed with the segmentation
    ISCROWD_UNUSUAL = "iscrowd_unusual"  # true, "1" and the like
    CROWD_MASKS_AS_OBJECTS = (
        "crowd_masks_as_objects"  # every shape of the file was marked as a crowd, or so asked
    )
    CATEGORY_LISTED_TWICE = "category_listed_twice"
    CATEGORY_NAME_CHANGED = "category_name_changed"  # control characters, blanks around it, too long
    IMAGE_LISTED_TWICE = "image_listed_twice"
    IMAGE_SIZE_UNREADABLE = "image_size_unreadable"
    CATEGORY_MISSING = "category_missing"  # no category in the file: named "object"
    CATEGORY_ONLY = "category_only"  # no category at the shape: the only one that the file lists
    CATEGORY_SEVERAL = "category_several"  # several options were ticked: their names joined
    OUTLINE_DRAWN = "outline_drawn"  # a circle or an ellipse became a polygon
    LINE_WIDENED = "line_widened"  # an open line became an area of the width that was asked for
    NORMALISED = "normalised"  # coordinates from 0 to 1: multiplied by the size of the photo
    SHAPES_GROUPED = "shapes_grouped"  # parts of one object, by its group, became one shape
    EMPTY_NO_OBJECT = "empty_no_object"  # a photo that is listed without shapes: shows no object
    IMAGE_NAME_GUESSED = "image_name_guessed"  # named after the annotation file
    TEXT_ENCODING = "text_encoding"  # the file is in Big5 and not in UTF-8
    CLASS_UNNAMED = "class_unnamed"  # a class number without a name: named "class 3"
    MASK_TAKEN = "mask_taken"  # a picture was read as the mask of a photo and is no photo to add
    MASK_DIVIDED = "mask_divided"  # areas that do not touch became an object each
    MASK_SOFT = "mask_soft"  # between black and white there are greys: divided in the middle
    GOOD_FOLDER = "good_folder"  # a photo in the folder "good" of a set with masks shows no object
    FRAME_NAMED = "frame_named"  # a frame of a film: the photo is named after its number
    PIXELS_FROM_ONE = "pixels_from_one"  # pixels counted from 1, as PASCAL VOC does
    # Repaired when the photo is known
    CLIPPED = "clipped"  # partly outside the photo
    SIZE_DIFFERS_SCALED = "size_differs_scaled"  # the photo has another size and the same proportions
    TURNED = "turned"  # drawn on the raw pixels of a photo that EXIF turns: turned with it
    SIZE_BEFORE_TURN = "size_before_turn"  # drawn on the upright photo, though the file has the raw size
    SIZE_DIFFERS_KEPT = "size_differs_kept"  # the photo has other proportions: coordinates kept
    # Skipped
    NOT_AN_OBJECT = "not_an_object"  # an entry of the file is not a JSON object
    UNKNOWN_IMAGE = "unknown_image"
    UNKNOWN_CATEGORY = "unknown_category"
    IMAGE_ID_AMBIGUOUS = "image_id_ambiguous"  # two photos carry the id
    CATEGORY_ID_AMBIGUOUS = "category_id_ambiguous"  # two categories carry the id
    UNKNOWN_SHAPE = "unknown_shape"  # an unknown kind of shape
    POINT = "point"  # nothing that has an area
    LINE = "line"  # an open line
    EMPTY_UNLABELLED = "empty_unlabelled"  # a photo that is listed without shapes: stays without labels
    ROW_UNREADABLE = "row_unreadable"  # a row of a CSV file
    NO_SHAPE = "no_shape"  # neither a segmentation nor a usable box
    TOO_FEW_POINTS = "too_few_points"
    NO_AREA = "no_area"  # all points on one line, or an empty mask
    IMPOSSIBLE_COORDINATES = "impossible_coordinates"  # NaN, infinite, absurdly large
    NOT_NUMBERS = "not_numbers"
    RLE_INVALID = "rle_invalid"
    OUTSIDE_PHOTO = "outside_photo"
    DUPLICATE = "duplicate"  # the same shape again, in a photo that was listed twice
    CATEGORY_UNUSED = "category_unused"
    CATEGORY_UNREADABLE = "category_unreadable"  # without id or name
    IMAGE_UNREADABLE = "image_unreadable"  # without id or file name
    ATTRIBUTE_NOT_KEPT = "attribute_not_kept"  # a value beside the category
    NOT_SHARES = "not_shares"  # coordinates of YOLO that are no shares of the photo's size
    MASK_WITHOUT_PHOTO = "mask_without_photo"
    MASK_AMBIGUOUS = "mask_ambiguous"  # several photos have its name
    MASK_UNREADABLE = "mask_unreadable"
    MASK_SIZE = "mask_size"  # other proportions than its photo
    MASK_VOID = "mask_void"  # the border that the set itself leaves out
    MASK_PICTURE = "mask_picture"  # a mask once more, coloured for people to look at
    BOX_OF_MASK = "box_of_mask"  # a box whose object is there as a mask, which is kept
    PHOTO_CATEGORY = "photo_category"  # a category of a whole photo, without a shape
    OTHER_ANNOTATOR = "other_annotator"  # several people labelled the photo: another one's shapes are taken
    CANCELLED = "cancelled"  # its annotator skipped the photo
    SIZE_NOT_SAID = "size_not_said"  # percent of a photo whose size is not in the file
    NOT_SUBMITTED = "not_submitted"  # predictions of a network, and drafts


class AnnotationFormat(StrEnum):
    """The detected format of a file."""

    COCO = "coco"
    VIA_PROJECT = "via_project"
    """VIA 2: a project, with settings and attributes around the regions."""
    VIA_ANNOTATIONS = "via_annotations"
    """VIA 2: the bare regions."""
    VIA_1 = "via_1"
    """VIA 1 and makesense.ai: `regions` is an object."""
    VIA_CSV = "via_csv"
    VIA_3 = "via_3"
    LABELME = "labelme"
    YOLO = "yolo"
    VOC_MASKS = "voc_masks"
    """Pascal VOC: SegmentationClass and SegmentationObject."""
    PNG_MASKS = "png_masks"
    """A mask picture for each photo, or for each of its categories or objects."""
    PHOTO_TABLE = "photo_table"
    """CSV of photos and categories, without shapes."""
    CVAT = "cvat"
    """CVAT XML 1.1."""
    VOC = "voc"
    """Pascal VOC XML: one photo."""
    LABEL_STUDIO = "label_studio"
    """Tasks as exported by "JSON"."""
    LABEL_STUDIO_MIN = "label_studio_min"
    """Exported by "JSON-MIN"."""
    SEVERAL = "several"
    """Files of several formats, merged."""


@dataclass(slots=True)
class Finding:
    """One kind of fault, its count, and a few examples."""

    code: AnnotationFault
    subject: Subject
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ParsedShape:
    """One labelled object, coordinates in pixels of the photo as the annotation file knows it."""

    category: str
    segmentation: Segmentation
    """An importer keeps polygons as ``packed_polygons.Coordinates``."""
    bbox: Box
    area: float
    iscrowd: bool = False
    is_box: bool = False
    """Drawn as a box: `segmentation` is its rectangle."""
    line_width: float | None = None
    """Of an open line, whose points `segmentation` holds: the width, in pixels of the photo, of the area that
    fitting makes of it. Readers set 0, ``answers.py`` what was asked for."""
    normalised: bool = False
    """The coordinates of its polygons are shares of the photo's width and height, from 0 to 1."""
    suggested: bool = False
    """An accepted suggestion; never set by parsers."""
    source_id: str = field(default="", compare=False)
    """The id in the file, only for the report."""


@dataclass(slots=True)
class ParsedImage:
    """One photo listed in the file; `width` and `height` in pixels as in the file."""

    file_name: str
    width: int | None
    height: int | None
    shapes: list[ParsedShape] = field(default_factory=list)
    split: str | None = None
    """train, validation or test; in our own exports, and where a set has lists of its splits."""
    is_split_listed: bool = False
    """A list of a tool says the split, and not an export of ours."""
    no_object: bool = False
    """Marked as "no object here"; only in our own exports."""
    sha256: str | None = None
    """SHA-256 of the stored photo, hexadecimal; only in our own exports."""
    embedded: bool = False
    """The photo is embedded in the file: see `any_format.embedded_images`."""
    source: str = ""
    """What was drawn with one tool: the annotation file or, of a tool with a file for each photo, its folder."""
    shown_size: bool = False
    """`width` and `height` are those of the picture that the tool showed, so that they go with its coordinates."""
    entries: int = 0
    """Annotations that the file has for it, also those that were left out."""

    other_names: list[str] = field(default_factory=list)
    """Names that the photo may have instead: that of its own label file, or the one before a tool changed it."""

    @property
    def is_own(self) -> bool:
        """Of one of our own exports, which say everything that is asked of other files."""
        return self.split is not None and not self.is_split_listed


@dataclass(slots=True)
class ParsedAnnotations:
    """A whole annotation file; `annotations_taken + annotations_skipped == annotations_in_file`."""

    format: str
    """One of AnnotationFormat."""
    images: list[ParsedImage]
    categories: list[str]
    annotations_in_file: int
    fixed: list[Finding]
    skipped: list[Finding]
    questions: list[Question] = field(default_factory=list)
    """Options that would change what was read."""

    @property
    def annotations_taken(self) -> int:
        """Shapes that the images hold."""
        return sum(len(image.shapes) for image in self.images)

    @property
    def annotations_skipped(self) -> int:
        """Annotations that were left out, each with its reason in `skipped`."""
        return sum(finding.count for finding in self.skipped if finding.subject == "annotation")


class FindingLog:
    """Collects findings, one entry for each code and subject, in order of first occurrence."""

    def __init__(self) -> None:
        self._findings: dict[tuple[AnnotationFault, Subject], Finding] = {}

    def add(
        self, code: AnnotationFault, example: str, subject: Subject = "annotation", count: int = 1
    ) -> None:
        """Count one occurrence (or ``count``) and keep it as an example while there are few."""
        finding = self._findings.get((code, subject))
        if finding is None:
            finding = self._findings[(code, subject)] = Finding(code, subject)
        finding.count += count
        if len(finding.examples) < MAX_EXAMPLES:
            finding.examples.append(example[:MAX_EXAMPLE_LENGTH])

    def merge(self, findings: Iterable[Finding]) -> None:
        """Add the counts and, while there are few, the examples of other findings."""
        for other in findings:
            finding = self._findings.setdefault(
                (other.code, other.subject), Finding(other.code, other.subject)
            )
            finding.count += other.count
            finding.examples.extend(other.examples[: MAX_EXAMPLES - len(finding.examples)])

    @property
    def findings(self) -> list[Finding]:
        """What was collected."""
        return list(self._findings.values())
