"""What the numbers and colours of masks mean: the files by which tools name them, and the colours of Pascal VOC."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from webapp.formats.annotations.parsed import FormatRejected
from webapp.formats.coco.lists import MAX_CATEGORIES, category_name
from webapp.formats.png_masks.pixels import MaskFacts
from webapp.formats.sets.class_files import NAME_LISTS, governing_folder, lines_of
from webapp.formats.sets.files import SetFile

VOID_COLOUR = 0xE0E0C0
"""Of Pascal VOC: the border around objects, index 255."""
VOID = 255
BACKGROUNDS = frozenset(
    [
        "background",
        "_background_",
        "__background__",
        "bg",
        "unlabeled",
        "unlabelled",
        "backgrnd",
        "none",
        "void",
        "_void_",
    ]
)
"""Names of what is no object."""
IGNORED = frozenset({"__ignore__", "_ignore_", "ignore"})
VOC_NAMES = [
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
]
_VOC_FOLDER = re.compile(r"voc(20\d\d|devkit)", re.IGNORECASE)
_COLOURED_LINE = re.compile(r"\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\S.*?)\s*")
COLOUR_FILES = frozenset({"labelmap.txt", "label_colors.txt", "label_colours.txt", "class_dict.csv", "_classes.csv",
                          "obj_class_to_machine_color.json"})  # fmt: skip
MAX_BYTES = 2**20


def voc_colour(index: int) -> int:
    """0xRRGGBB of an index, by VOCdevkit's VOClabelcolormap: bit by bit the three lowest go to red, green, blue."""
    red = green = blue = 0
    for shift in range(7, -1, -1):
        red |= (index & 1) << shift
        green |= (index >> 1 & 1) << shift
        blue |= (index >> 2 & 1) << shift
        index >>= 3
    return red << 16 | green << 8 | blue


VOC_COLOURS = {voc_colour(index): index for index in range(256)}


@dataclass(slots=True)
class ClassNames:
    """Names by number and by colour; what is left out has the empty name."""

    by_number: dict[int, str] = field(default_factory=dict)
    by_colour: dict[int, str] = field(default_factory=dict)
    file: SetFile | None = None

    def name_of(self, number: int, mask: MaskFacts) -> str | None:
        """The category of a number in this mask; None without a name, empty for background."""
        grey = number * 0x10101 if number < 256 else -1
        colour = number if mask.is_coloured else mask.colours.get(number, grey)
        if colour in self.by_colour:
            return self.by_colour[colour]
        if not mask.is_coloured:
            return self.by_number.get(number)
        return self.by_number.get(VOC_COLOURS[number]) if number in VOC_COLOURS else None


def is_class_file(path: str) -> bool:
    """Whether a file is called like those in which tools name the classes of masks."""
    return path.rpartition("/")[2].lower() in COLOUR_FILES | NAME_LISTS


def read_class_names(texts: Iterable[SetFile]) -> list[ClassNames]:
    """Of all such files among these."""
    found = []
    for file in texts:
        if not is_class_file(file.path):
            continue
        try:
            names = _read(file)
        except (FormatRejected, ValueError, RecursionError, csv.Error):
            continue
        if names.by_number or names.by_colour:
            names.file = file
            found.append(names)
    return found


def names_for(known: Sequence[ClassNames], folders: Sequence[str]) -> ClassNames:
    """The names for masks in these folders: of the nearest file, else Pascal VOC's own where a folder is VOC's."""
    files = {one.file.path: one for one in known if one.file}
    nearest = governing_folder([one.file for one in known if one.file], folders)
    if nearest is not None:
        return files[nearest.path]
    if len(known) == 1:
        return known[0]
    if any(_VOC_FOLDER.search(folder) for folder in folders):
        return ClassNames(dict(enumerate(["", *VOC_NAMES])))
    return ClassNames()


def _read(file: SetFile) -> ClassNames:
    if len(file.head(MAX_BYTES + 1)) > MAX_BYTES:
        return ClassNames()
    lines = lines_of(file)[:MAX_CATEGORIES]
    name = file.name.lower()
    if name.endswith(".json"):
        return _machine_colours("\n".join(lines))
    if name.endswith(".csv"):
        return _table(lines)
    coloured = ClassNames()
    for line in lines:
        _add_coloured(coloured, line)
    return coloured if coloured.by_colour else _numbered(lines)


def _add_coloured(names: ClassNames, line: str) -> None:
    """``name:r,g,b:parts:actions`` of CVAT, or ``r g b name`` of CamVid."""
    text = line.strip()
    if text.startswith("#"):
        return
    match = _COLOURED_LINE.fullmatch(text)
    if match:
        colour, name = match.groups()[:3], match[4]
    else:
        name, _, rest = text.partition(":")
        colour = tuple(rest.partition(":")[0].split(","))
    _add(names, name, colour)


def _add(names: ClassNames, name: str, colour: Sequence[object]) -> None:
    digits = [str(part).strip() for part in colour]
    if len(digits) != 3 or not all(
        part.isascii() and part.isdecimal() and int(part[:4]) < 256 for part in digits
    ):
        return
    red, green, blue = map(int, digits)
    names.by_number[len(names.by_colour)] = kept = _kept(name)
    names.by_colour.setdefault(red << 16 | green << 8 | blue, kept)


def _table(lines: list[str]) -> ClassNames:
    """``name,r,g,b`` (class_dict.csv), or ``Pixel Value, Class`` (Roboflow)."""
    names = ClassNames()
    for row in csv.reader(lines):
        cells = [cell.strip() for cell in row]
        if len(cells) == 4:
            _add(names, cells[0], cells[1:])
        elif len(cells) == 2 and cells[0].isascii() and cells[0].isdecimal():
            names.by_number[int(cells[0][:9])] = _kept(cells[1])
    if names.by_colour:
        names.by_number = {}
    return names


def _machine_colours(text: str) -> ClassNames:
    """Supervisely's ``{"name": [r, g, b]}``."""
    document = json.loads(text)
    names = ClassNames()
    for name, colour in document.items() if isinstance(document, dict) else ():
        if isinstance(colour, list):
            _add(names, name, colour)
    names.by_number = {}
    return names


def _numbered(lines: list[str]) -> ClassNames:
    """One name a line. A list that does not begin with the background begins with number 1, as 0 is the background."""
    lines = [line.strip() for line in lines]
    if lines and lines[0].lower() in IGNORED:
        lines = lines[1:]
    first = 0 if lines and lines[0].lower() in BACKGROUNDS else 1
    return ClassNames({number: _kept(line) for number, line in enumerate(lines, start=first) if line})


def _kept(name: object) -> str:
    text = category_name(name)
    return "" if text.lower() in BACKGROUNDS | IGNORED else text
