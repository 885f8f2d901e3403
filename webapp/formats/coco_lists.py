"""The lists `images` and `categories` of a COCO file: ids of any type, repeated and broken entries."""

import re

from webapp.formats.annotations import AnnotationFault as Fault
from webapp.formats.annotations import FindingLog, ParsedImage
from webapp.formats.filenames import clean_text

IdKey = int | str | None
"""An id whatever its type in the file: 7, 7.0 and "7" are one id. None where there is no usable id."""

MAX_CATEGORY_NAME = 120
MAX_SIDE = 1_000_000
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

    def __init__(self, entries: list[object], fixed: FindingLog, skipped: FindingLog) -> None:
        self.by_id: dict[IdKey, str] = {}
        self.ambiguous: set[IdKey] = set()
        self.names: list[str] = []
        """Each name once, in the order of the file."""
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            key = id_key(entry.get("id")) if isinstance(entry, dict) else None
            raw = entry.get("name") if isinstance(entry, dict) else None
            if isinstance(raw, (int, float)) and not isinstance(raw, bool):
                raw = str(raw)[:MAX_CATEGORY_NAME]
            name = clean_text(raw)[:MAX_CATEGORY_NAME].strip() if isinstance(raw, str) else ""
            if key is None or not name:
                skipped.add(Fault.CATEGORY_UNREADABLE, name or f"categories[{index}]", "category")
                continue
            if name != raw:
                fixed.add(Fault.CATEGORY_NAME_CHANGED, name, "category")
            if key in self.by_id and self.by_id[key] != name:
                self.ambiguous.add(key)
            elif name in seen:
                fixed.add(Fault.CATEGORY_LISTED_TWICE, name, "category")
            self.by_id.setdefault(key, name)
            if name not in seen:
                seen.add(name)
                self.names.append(name)


class ImageList:
    """Photos by id. A file name that is listed twice is one photo; an id of two names belongs to neither."""

    def __init__(self, entries: list[object], fixed: FindingLog, skipped: FindingLog, *, own: bool) -> None:
        self.by_id: dict[IdKey, ParsedImage] = {}
        self.ambiguous: set[IdKey] = set()
        self.repeated: set[IdKey] = set()
        """Ids of photos that are listed more than once: the same shape may come with each."""
        self.images: list[ParsedImage] = []
        by_name: dict[str, tuple[IdKey, ParsedImage]] = {}
        for index, entry in enumerate(entries):
            image = _read_image(entry, own=own)
            key = id_key(entry.get("id")) if isinstance(entry, dict) else None
            if image is None or key is None:
                place = image.file_name if image else f"images[{index}]"
                skipped.add(Fault.IMAGE_UNREADABLE, place, "image")
                continue
            if image.file_name in by_name:
                first_key, image = by_name[image.file_name]
                fixed.add(Fault.IMAGE_LISTED_TWICE, image.file_name, "image")
                if key != first_key:
                    self.repeated |= {first_key, key}
            else:
                by_name[image.file_name] = (key, image)
                self.images.append(image)
                if (image.width is None or image.height is None) and _says_size(entry):
                    fixed.add(Fault.IMAGE_SIZE_UNREADABLE, image.file_name, "image")
            if self.by_id.setdefault(key, image) is not image:
                self.ambiguous.add(key)


def _read_image(entry: object, *, own: bool) -> ParsedImage | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
        return None
    # Blanks, slashes and case are the business of the matching; only what no database takes goes.
    file_name = clean_text(entry["file_name"])
    if not file_name:
        return None
    image = ParsedImage(file_name, _side(entry.get("width")), _side(entry.get("height")))
    if own:
        split = entry.get("split")
        image.split = split if isinstance(split, str) else None
        image.no_object = entry.get("no_object") is True
    return image


def _side(value: object) -> int | None:
    key = id_key(value)
    return key if isinstance(key, int) and 0 < key <= MAX_SIDE else None


def _says_size(entry: object) -> bool:
    return isinstance(entry, dict) and (entry.get("width") is not None or entry.get("height") is not None)
