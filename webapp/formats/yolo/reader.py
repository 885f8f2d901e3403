"""Reads YOLO sets: a text of labels for each photo, beside it or in a folder that mirrors its own.

The classes are named by ``data.yaml``, ``classes.txt``, ``obj.names`` or ``_darknet.labels``; ``train.txt`` and the
like list the photos of a split. Format: docs.ultralytics.com, Datasets.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from webapp.formats.annotations.answers import answer_empty
from webapp.formats.annotations.image_list import CollectedImages, shape_key
from webapp.formats.annotations.options import ReadOptions
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, FormatRejected, ParsedImage, ParsedShape
from webapp.formats.coco.lists import category_name
from webapp.formats.files.filenames import clean_text
from webapp.formats.images.kinds import SUFFIXES as PHOTO_SUFFIXES
from webapp.formats.sets.class_files import YAML_SUFFIXES, ClassFile, governing, read_class_files
from webapp.formats.sets.files import (
    ParsedSet,
    SetFile,
    SetPhoto,
    SetReading,
    as_text,
    decoded,
    stem_of,
    suffix_of,
)
from webapp.formats.sets.photo_index import LABEL_FOLDERS, PhotoIndex, key_of
from webapp.formats.yolo.lists import is_list, listed_photos, photos_in_folders
from webapp.formats.yolo.rows import is_row, read_row

SUFFIXES = frozenset({".txt", ".names", ".labels", ".data", *YAML_SUFFIXES})
"""Suffixes of the texts that a set consists of."""
HEAD_BYTES = 8192
HEAD_LINES = 20
_ABOUT_A_PHOTO = ("imagesource:", "gsd:")
"""First lines of DOTA's label files."""


@dataclass(slots=True)
class _Texts:
    """The texts of an import by what they hold."""

    labels: list[SetFile] = field(default_factory=list)
    empty: list[SetFile] = field(default_factory=list)
    lists: list[SetFile] = field(default_factory=list)
    others: list[SetFile] = field(default_factory=list)


def read_yolo(texts: Iterable[SetFile], photos: PhotoIndex, options: ReadOptions) -> SetReading:
    """All YOLO sets among these texts, one for each file that names classes. Raises FormatRejected.

    A text that is neither labels, nor the names of their classes, nor a list of photos is left to others.
    """
    texts = [file for file in texts if file.suffix in SUFFIXES]
    classes = read_class_files(texts)
    named = {one.file.path for one in classes}
    sorted_texts = _sort(file for file in texts if file.path not in named)
    labels = [file for file in sorted_texts.labels if _belongs(file, classes, photos)]
    empty = [file for file in sorted_texts.empty if _belongs(file, classes, photos)]
    if not labels and not empty:
        return SetReading()
    # What is broken inside a set is reported; alone it would be no label file.
    labels += [file for file in sorted_texts.others if photos.find(file.folders, _stem(file)).photo]
    groups = _groups(sorted(labels + empty, key=lambda file: file.path), classes, options)
    splits = listed_photos(sorted_texts.lists, photos)
    for described in classes:
        splits = photos_in_folders(described, photos.sent) | splits
    reading = SetReading()
    for number, group in enumerate(groups):
        reading.sets.append(group.read(photos, splits, with_unlabelled=number == 0))
    used = [*labels, *empty, *sorted_texts.lists, *(one.file for one in classes)]
    reading.taken = {file.path for file in used}
    reading.taken |= {file.path for file in texts if file.suffix == ".data"}
    return reading


class _Group:
    """The label files whose classes one file names."""

    def __init__(self, described: ClassFile | None, options: ReadOptions) -> None:
        self.described = described
        self.files: list[SetFile] = []
        self._names = described.names if described else {}
        self._key_points = described.key_points if described else 0
        self._options = options
        self._images = CollectedImages()
        self._unnamed: dict[int, str] = {}

    def read(self, photos: PhotoIndex, splits: dict[str, str], with_unlabelled: bool) -> ParsedSet:
        """All label files. ``with_unlabelled``: also list the photos that are in a split and have no labels."""
        for file in self.files:
            self._read(file, photos)
        if with_unlabelled:
            for name in splits:
                self._listed(name)
        path = self.described.file.path if self.described else self.files[0].path
        images = self._images.images
        for name, image in images.items():
            image.split, image.is_split_listed = splits.get(name), True
            image.source = path
        for _number, name in sorted(self._unnamed.items()):
            self._images.fixed.add(Fault.CLASS_UNNAMED, name, "category")
        parsed = self._images.result(AnnotationFormat.YOLO)
        used = set(parsed.categories)
        names = dict.fromkeys([*self._names.values(), *self._unnamed.values()])
        parsed.categories = [name for name in names if name in used] + [
            name for name in parsed.categories if name not in names
        ]
        for name in names:
            if name not in used:
                self._images.skipped.add(Fault.CATEGORY_UNUSED, name, "category")
        parsed.skipped = self._images.skipped.findings
        answer_empty(parsed, self._options)
        return ParsedSet(path, parsed)

    def _read(self, file: SetFile, photos: PhotoIndex) -> None:
        try:
            lines = decoded(file).splitlines()
        except FormatRejected:
            self._images.skipped.add(Fault.ROW_UNREADABLE, file.path, "file")
            return
        image = self._image(photos.find(file.folders, _stem(file)).photo, file)
        # Two label files may be those of one photo.
        there = {shape_key(shape) for shape in image.shapes}
        for number, line in enumerate(lines, start=1):
            if _says_nothing(line):
                continue
            self._images.counted(image)
            place = f"{file.path}:{number}"
            shape = self._shape(line, place)
            if shape is not None and there and shape_key(shape) in there:
                self._images.skipped.add(Fault.DUPLICATE, place)
            elif shape is not None:
                image.shapes.append(shape)

    def _shape(self, line: str, place: str) -> ParsedShape | None:
        row = read_row(line, self._key_points)
        shape = self._images.add_outline(row.outline, place)
        if shape is None:
            return None
        shape.category = category_name(row.name) if row.number is None else self._category(row.number)
        shape.source_id = place
        for name, value in row.beside.items():
            self._images.attributes.add(name, value, place)
        return shape

    def _category(self, number: int) -> str:
        name = self._names.get(number)
        if name is None:
            name = self._unnamed.setdefault(number, f"class {number}")
        return name

    def _image(self, photo: SetPhoto | None, file: SetFile) -> ParsedImage:
        """The entry of a photo; one that is not found has the name of its label file without the suffix."""
        if photo is None:
            return self._listed("/".join([*file.folders, _stem(file)]))
        image = self._listed(photo.path)
        image.width, image.height = photo.width, photo.height
        return image

    def _listed(self, name: str) -> ParsedImage:
        image = self._images.images.get(clean_text(name)) or self._images.image(name, name)
        assert image is not None  # noqa: S101 - a photo and a label file have a name
        return image


def _sort(texts: Iterable[SetFile]) -> _Texts:
    found = _Texts()
    for file in texts:
        if file.suffix != ".txt":
            continue
        try:
            head = as_text(_whole_lines(file.head(HEAD_BYTES)))
        except FormatRejected:
            continue
        lines = [line for line in head.splitlines() if not _says_nothing(line)]
        if not lines:
            found.empty.append(file)
        elif any(is_row(line) for line in lines[:HEAD_LINES]):
            found.labels.append(file)
        elif is_list(lines):
            found.lists.append(file)
        else:
            found.others.append(file)
    return found


def _whole_lines(head: bytes) -> bytes:
    """Without the line that the end of the head cuts in two, which may also be the middle of a character."""
    return head if len(head) < HEAD_BYTES else head.rpartition(b"\n")[0] or head


def _says_nothing(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith(("#", *_ABOUT_A_PHOTO))


def _belongs(file: SetFile, classes: list[ClassFile], photos: PhotoIndex) -> bool:
    """Whether it can be the labels of a photo: it has one, lies among labels, or its classes have names."""
    in_labels = bool({key_of(folder) for folder in file.folders} & LABEL_FOLDERS)
    if in_labels and (file.head(1) or classes):
        return True
    if file.head(1) and _governing(classes, file):
        return True
    found = photos.find(file.folders, _stem(file))
    return found.photo is not None or found.ambiguous


def _groups(files: list[SetFile], classes: list[ClassFile], options: ReadOptions) -> list[_Group]:
    """The label files by the file that names their classes.

    One that governs none by its place is taken for those that have no other, where it is the only one.
    """
    governed = [(_governing(classes, file), file) for file in files]
    governs = {described.file.path for described, _file in governed if described}
    idle = [one for one in classes if one.names and one.file.path not in governs]
    other = idle[0] if len(idle) == 1 else None
    groups: dict[str, _Group] = {}
    for found, file in governed:
        described = found or other
        key = described.file.path if described else ""
        groups.setdefault(key, _Group(described, options)).files.append(file)
    return list(groups.values())


def _governing(classes: list[ClassFile], file: SetFile) -> ClassFile | None:
    return governing([one for one in classes if one.names] or classes, file.folders)


def _stem(file: SetFile) -> str:
    """The stem of its photo: of ``1.txt``, and of ``1.jpg.txt`` as some tools write."""
    stem = file.stem
    return stem_of(stem) if suffix_of(stem) in PHOTO_SUFFIXES else stem
