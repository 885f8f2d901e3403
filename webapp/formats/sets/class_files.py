"""Files that name the classes of a set, and which of them governs a label file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import yaml

from webapp.formats.annotations.parsed import FormatRejected
from webapp.formats.coco.lists import MAX_CATEGORIES, category_name
from webapp.formats.sets.files import SetFile, decoded
from webapp.formats.sets.photo_index import key_of, meaningful

YAML_SUFFIXES = frozenset({".yaml", ".yml"})
NAME_LISTS = frozenset(
    [
        "classes.txt",
        "class_names.txt",
        "classnames.txt",
        "class.txt",
        "names.txt",
        "labels.txt",
        "label_names.txt",
        "codes.txt",
        "predefined_classes.txt",
        "obj.names",
        "_darknet.labels",
    ]
)
"""Files with the name of one class a line."""
NAME_SUFFIXES = frozenset({".names", ".labels"})
MAX_YAML_BYTES = 2**20
"""A description of a set with 10,000 classes has 200 kB; the parser takes seconds for a megabyte."""
SPLIT_WORDS = frozenset(["train", "training", "val", "valid", "validation", "test", "testing"])
YAML_KEYS = frozenset({"names", "nc", "train", "val", "valid", "test"})


@dataclass(slots=True)
class ClassFile:
    """The names by number, and the places of the splits where the file is a YAML that says so."""

    file: SetFile
    names: dict[int, str]
    splits: dict[str, list[str]] = field(default_factory=dict)
    """Folders or lists of photos, as written, by the key of the file: train, val, test."""
    key_points: int = 0
    """Numbers of the key points behind each box; 0 where the set has none."""


def read_class_files(texts: Iterable[SetFile]) -> list[ClassFile]:
    """Those of the texts that name classes or describe a set."""
    found = []
    for file in texts:
        described = _read(file)
        if described is not None:
            found.append(described)
    return found


def governing(files: Sequence[ClassFile], folders: Sequence[str]) -> ClassFile | None:
    """The one that names the classes of label files in these folders; see ``governing_folder``."""
    nearest = governing_folder([one.file for one in files], folders)
    return next((one for one in files if one.file is nearest), None)


def governing_folder(files: Sequence[SetFile], folders: Sequence[str]) -> SetFile | None:
    """Of files that describe a set the one for these folders: the nearest of those in a folder above.

    Folders that only say what kind of file or which split they hold do not count, so ``labels/classes.txt`` and
    ``train/_darknet.labels`` govern what lies beside them. Of two in one folder a YAML is taken.
    """
    here = [key_of(folder) for folder in folders]
    place = _without_splits(folders)
    fitting = []
    for file in files:
        theirs = _without_splits(file.folders)
        if place[: len(theirs)] == theirs:
            shared = _shared([key_of(folder) for folder in file.folders], here)
            fitting.append((shared, file.suffix in YAML_SUFFIXES, file))
    return max(fitting, key=lambda one: one[:2])[2] if fitting else None


def _without_splits(folders: Sequence[str]) -> list[str]:
    return [key for key in meaningful(folders) if key not in SPLIT_WORDS]


def lines_of(file: SetFile) -> list[str]:
    """One name a line; empty lines count, except at the end."""
    return decoded(file).rstrip().splitlines()


def _shared(some: list[str], others: list[str]) -> int:
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _read(file: SetFile) -> ClassFile | None:
    try:
        if file.suffix in YAML_SUFFIXES:
            return _read_yaml(file)
        if file.name.lower() in NAME_LISTS or file.suffix in NAME_SUFFIXES:
            lines = lines_of(file)[:MAX_CATEGORIES]
            return ClassFile(file, _numbered(dict(enumerate(lines))))
    except FormatRejected:
        return None
    return None


def _read_yaml(file: SetFile) -> ClassFile | None:
    """``data.yaml`` of YOLO: ``names`` as a list or by number, ``train``, ``val``, ``test``, ``kpt_shape``."""
    text = decoded(file)
    if len(text) > MAX_YAML_BYTES:
        return None
    try:
        # Every scalar stays a text: "no" and "1.0" are names, and no tag makes an object.
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if not isinstance(document, dict) or not YAML_KEYS & document.keys():
        return None
    names = document.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    splits = {key: _texts(document.get(key)) for key in ("train", "val", "valid", "test")}
    return ClassFile(
        file,
        _numbered(names if isinstance(names, dict) else {}),
        {key: places for key, places in splits.items() if places},
        _key_points(document.get("kpt_shape")),
    )


def _numbered(names: dict[object, object]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, raw in names.items():
        name = category_name(raw)
        text = str(number).strip()
        if name and text.isascii() and text.isdecimal() and len(text) < 10:
            found[int(text)] = name
    return found


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text.strip() for text in values[:1000] if isinstance(text, str) and text.strip()]


def _key_points(value: object) -> int:
    """The number of numbers of ``kpt_shape``, [points, 2 or 3]."""
    if not isinstance(value, list) or len(value) != 2:
        return 0
    try:
        points, numbers = (int(str(part)) for part in value)
    except ValueError:
        return 0
    return points * numbers if 0 < points <= 1000 and numbers in {2, 3} else 0
