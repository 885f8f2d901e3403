"""The lists `images` and `categories` of a COCO file: resolve ids (of any type) to file and category names."""

import html
import re
from functools import lru_cache

from webapp.formats.annotations.attribute_log import AttributeLog, says_something
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import FindingLog, FormatFault, FormatRejected, ParsedImage
from webapp.formats.files.filenames import clean_text

IdKey = int | str | None
"""An id whatever its type in the file: 7, 7.0 and "7" are one id. None where there is no usable id."""

MAX_CATEGORY_NAME = 100
MAX_HTML = 1000
NAME_KEYS = ("file_name", "path", "coco_url")
"""Keys of a photo's name; LVIS and others have no `file_name`."""
OF_A_PHOTO = {
    *NAME_KEYS, "id", "width", "height", "split", "sha256", "no_object", "original_name",
    "flickr_url", "license", "date_captured", "dataset_id", "category_ids", "annotated", "annotating",
    "num_annotations", "is_modified", "regenerate_thumbnail", "deleted", "milliseconds", "events", "metadata",
}  # fmt: skip
"""Keys of a photo that are read, that name its origin, and that coco-annotator writes for itself."""
OF_ROBOFLOW = {("extra", "name")}
"""The photo's name before Roboflow changed it."""
MAX_SIDE = 1_000_000
MAX_CATEGORIES = 100_000
MAX_IMAGES = 500_000
MAX_ANNOTATIONS = 1_000_000
"""Most annotations in one file; more would take more than a gigabyte of memory."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHOLE_NUMBER = re.compile(r"-?\d{1,18}(\.0+)?")


def id_key(value: object) -> IdKey:
    """Make ids comparable; see IdKey."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        text = value.strip()
        return int(text.partition(".")[0]) if _WHOLE_NUMBER.fullmatch(text) else text or None
    return None


class CategoryList:
    """Categories by id. The same name under several ids is one category."""

    def __init__(self, fixed: FindingLog, skipped: FindingLog) -> None:
        self.by_id: dict[IdKey, str] = {}
        self.ambiguous: set[IdKey] = set()
        self.are_html = False
        """The names are HTML, as VIA shows them."""
        self.without_id: set[str] = set()
        """Names that no annotation can mean by an id."""
        self._fixed, self._skipped = fixed, skipped
        self._names: dict[str, None] = {}
        self._groups: dict[str, str] = {}
        self._count = 0

    @property
    def names(self) -> list[str]:
        """Each name once, in the order of the file."""
        return list(self._names)

    @property
    def only(self) -> str | None:
        """The name, where the file lists one alone: what annotations without a category mean."""
        return next(iter(self._names)) if len(self._names) == 1 else None

    def add(self, entry: object) -> None:
        """Read the next entry of the list. Raises FormatRejected where there are absurdly many."""
        index = self._count
        self._count = count_up(index, MAX_CATEGORIES)
        fields = entry if isinstance(entry, dict) else {}
        key, raw = id_key(fields.get("id")), fields.get("name")
        if self.are_html and isinstance(raw, str):
            raw = html.unescape(raw[:MAX_HTML])
        name = category_name(raw)
        if not name:
            self._skipped.add(Fault.CATEGORY_UNREADABLE, f"categories[{index}]", "category")
            return
        if name != raw and isinstance(raw, str):
            self._fixed.add(Fault.CATEGORY_NAME_CHANGED, name, "category")
        if key is None:
            if name not in self._names:
                self.without_id.add(name)
                self._names[name] = None
            return
        self.without_id.discard(name)
        if key in self.by_id and self.by_id[key] != name:
            self.ambiguous.add(key)
        elif name in self._names:
            self._fixed.add(Fault.CATEGORY_LISTED_TWICE, name, "category")
        self.by_id.setdefault(key, name)
        self._names[name] = None
        group = category_name(fields.get("supercategory"))
        if says_something(group) and group != name:
            self._groups.setdefault(name, group)

    def report_groups(self, attributes: AttributeLog, used: set[str]) -> None:
        """Report supercategories, which are not imported, unless all are the same."""
        groups = {name: group for name, group in self._groups.items() if name in used}
        if len(set(groups.values())) > 1:
            for name, group in groups.items():
                attributes.add("supercategory", group, name)


class ImageList:
    """Photos by id. A file name that is listed twice is one photo; an id of two names belongs to neither."""

    def __init__(self, fixed: FindingLog, skipped: FindingLog, attributes: AttributeLog) -> None:
        self.by_id: dict[IdKey, ParsedImage] = {}
        self.ambiguous: set[IdKey] = set()
        self.repeated: set[IdKey] = set()
        """Ids of photos that are listed more than once: the same shape may come with each."""
        self.images: list[ParsedImage] = []
        self._by_name: dict[str, tuple[IdKey, ParsedImage]] = {}
        self._fixed, self._skipped, self._attributes = fixed, skipped, attributes
        self._count = 0

    def add(self, entry: object) -> None:
        """Read the next entry of the list. Raises FormatRejected where there are absurdly many."""
        index = self._count
        self._count = count_up(index, MAX_IMAGES)
        image = _read_image(entry)
        fields = entry if isinstance(entry, dict) else {}
        key = id_key(fields.get("id"))
        if image is None or key is None:
            place = image.file_name if image else f"images[{index}]"
            self._skipped.add(Fault.IMAGE_UNREADABLE, place, "image")
            return
        self._attributes.add_others(fields, OF_A_PHOTO, image.file_name, OF_ROBOFLOW)
        if image.file_name in self._by_name:
            first_key, image = self._by_name[image.file_name]
            self._fixed.add(Fault.IMAGE_LISTED_TWICE, image.file_name, "image")
            if key != first_key:
                self.repeated |= {first_key, key}
        else:
            self._by_name[image.file_name] = (key, image)
            self.images.append(image)
            if (image.width is None or image.height is None) and _says_size(entry):
                self._fixed.add(Fault.IMAGE_SIZE_UNREADABLE, image.file_name, "image")
        first = self.by_id.setdefault(key, image)
        if first is not image:
            self.ambiguous.add(key)
            # Each may be the one that an annotation of this id means.
            first.entries += 1
            image.entries += 1


def category_name(value: object) -> str:
    """The name of a category as it is kept; empty where the value is no name."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            value = str(value)
        except ValueError:  # more digits than Python writes
            return ""
    return _clean_name(value[: 2 * MAX_CATEGORY_NAME]) if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def _clean_name(name: str) -> str:
    """Few names stand in a file, each of them many times."""
    return clean_text(name)[:MAX_CATEGORY_NAME].strip()


def count_up(count: int, limit: int) -> int:
    """`count` + 1. Raises FormatRejected beyond the limit: memory must not depend on a stranger's file."""
    if count >= limit:
        raise FormatRejected(FormatFault.TOO_MANY, limit=limit)
    return count + 1


def _read_image(entry: object) -> ParsedImage | None:
    if not isinstance(entry, dict):
        return None
    # Blanks, slashes and case are handled by the matching; only characters that PostgreSQL refuses are removed.
    names = (clean_text(name) for key in NAME_KEYS if isinstance(name := entry.get(key), str))
    file_name = next(filter(None, names), None)
    if file_name is None:
        return None
    image = ParsedImage(file_name, read_side(entry.get("width")), read_side(entry.get("height")))
    split, sha256 = entry.get("split"), entry.get("sha256")
    image.split = split if isinstance(split, str) else None
    image.sha256 = sha256 if isinstance(sha256, str) and _SHA256.fullmatch(sha256) else None
    image.no_object = entry.get("no_object") is True
    extra = entry.get("extra")
    before = extra.get("name") if isinstance(extra, dict) else None
    if isinstance(before, str) and (before := clean_text(before)) and before != file_name:
        image.other_names = [before]
    return image


def read_side(value: object) -> int | None:
    """Width or height of a photo, pixels; None where the value cannot be one."""
    key = id_key(value)
    return key if isinstance(key, int) and 0 < key <= MAX_SIDE else None


def _says_size(entry: object) -> bool:
    return isinstance(entry, dict) and (entry.get("width") is not None or entry.get("height") is not None)
