"""Parses annotation files of any known format, which is detected from the content."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from webapp.formats.annotations.answers import apply_answers
from webapp.formats.annotations.options import DEFAULT_OPTIONS, ReadOptions
from webapp.formats.annotations.parsed import (
    AnnotationFormat,
    FormatFault,
    FormatRejected,
    ParsedAnnotations,
)
from webapp.formats.coco.reader import LISTS, read_coco
from webapp.formats.cvat import reader as cvat
from webapp.formats.files.filenames import clean_text
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import MAX_BYTES, TextSource
from webapp.formats.files.xml_stream import first_tags
from webapp.formats.labelme.reader import decode_base64, embedded_picture, photo_name, read_labelme
from webapp.formats.labelstudio import reader as labelstudio
from webapp.formats.labelstudio.detection import begins_with_result, kind_of_list
from webapp.formats.photo_table.reader import is_photo_table, read_photo_table
from webapp.formats.via.csv_table import first_line, is_via_csv, read_via_csv
from webapp.formats.via.reader import embedded_pictures, read_via
from webapp.formats.via.via3 import PARTS, read_via_3
from webapp.formats.voc import reader as voc

SUFFIXES = frozenset({".json", ".csv", ".xml"})
"""Suffixes of files that may contain annotations."""
_SUBSET = re.compile(r"(?:instances|person_keypoints)_([^/.]+)\.json", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]|\w+://")


def parse_annotations(
    data: bytes | Path,
    filename: str = "",
    max_bytes: int = MAX_BYTES,
    options: ReadOptions = DEFAULT_OPTIONS,
) -> ParsedAnnotations:
    """Read an annotation file of any known format; see ParsedAnnotations.

    `filename` is its name as the user knows it, with the folder where there is one ("train/labels.json", a path
    in a zip): names of photos are relative to it, so that "1.jpg" of two folders stay two photos. `options` answer
    what a file leaves open; what matters of them is in `questions`. Raises FormatRejected where the file cannot be
    read as a whole.
    """
    source = TextSource(data, max_bytes)
    kind = _detect(source, filename)
    if kind == AnnotationFormat.COCO:
        parsed = read_coco(source)
    elif kind == AnnotationFormat.LABELME:
        parsed = read_labelme(source, filename)
    elif kind == AnnotationFormat.CVAT:
        parsed = cvat.read_cvat(source)
    elif kind == AnnotationFormat.VOC:
        parsed = voc.read_voc(source, filename)
    elif kind == AnnotationFormat.LABEL_STUDIO:
        parsed = labelstudio.read_label_studio(source, options)
    elif kind == AnnotationFormat.LABEL_STUDIO_MIN:
        parsed = labelstudio.read_label_studio_min(source, options)
    elif kind == AnnotationFormat.VIA_CSV:
        parsed = read_via_csv(source)
    elif kind == AnnotationFormat.PHOTO_TABLE:
        parsed = read_photo_table(source)
    elif kind == AnnotationFormat.VIA_3:
        parsed = read_via_3(source)
    else:
        parsed = read_via(source)
    # A tool that writes a file for each photo says more by all of them.
    a_photo_each = kind in {AnnotationFormat.LABELME, AnnotationFormat.VOC}
    source_name = str(PurePosixPath(filename).parent) if a_photo_each else filename
    for image in parsed.images:
        image.file_name = _in_folder(image.file_name, filename)
        image.source = source_name
        image.other_names = [_in_folder(name, filename) for name in image.other_names]
    apply_answers(parsed, options)
    return parsed


def place_of(filename: str) -> str:
    """The folder that stands in front of the names in an annotation file, "" for none: its own, and its subset.

    COCO's tools put the subset into the file's name: "annotations/instances_Train.json" beside "images/Train/".
    """
    path = PurePosixPath(filename.replace("\\", "/"))
    folder = "" if str(path.parent) in {".", "/"} else str(path.parent)
    subset = _SUBSET.fullmatch(path.name)
    return posixpath.join(folder, subset[1]) if subset else folder


def embedded_images(
    data: bytes | Path, filename: str = "", max_bytes: int = MAX_BYTES
) -> Iterator[tuple[str, bytes | None]]:
    """The photos embedded in a file (labelme, VIA 1), one at a time, as (file name, bytes).

    The name is that of the ParsedImage whose `embedded` is true; None instead of bytes where the base64 is
    broken. Raises FormatRejected as parse_annotations does.
    """
    source = TextSource(data, max_bytes)
    kind = _detect(source, filename)
    if kind == AnnotationFormat.LABELME:
        found = embedded_picture(source)
        if found is not None:
            name, _ = photo_name(found[0], filename)
            yield _in_folder(clean_text(name), filename), decode_base64(found[1])
    elif kind == AnnotationFormat.LABEL_STUDIO:
        for name, content in labelstudio.embedded_pictures(source):
            yield _in_folder(clean_text(name), filename), decode_base64(content)
    elif kind == AnnotationFormat.VIA_ANNOTATIONS:
        for name, content in embedded_pictures(source):
            # Skip photos without a name, which parse_annotations reports.
            if clean := clean_text(name):
                yield _in_folder(clean, filename), decode_base64(content)


def _detect(source: TextSource, filename: str) -> AnnotationFormat:
    """Detect the format by the first keys. Raises FormatRejected with UNKNOWN_FORMAT, or for broken JSON."""
    reader = JsonReader(source.pieces())
    first = reader.peek()
    if first == "{":
        return _detect_object(reader)
    if first == "<":
        return _detect_xml(source)
    if is_via_csv(first_line(source.pieces())):
        return AnnotationFormat.VIA_CSV
    if filename.lower().endswith(".csv") and is_photo_table(source):
        return AnnotationFormat.PHOTO_TABLE
    if first == "[" and (kind := kind_of_list(reader)):
        return kind
    if first == "[" or filename.lower().endswith(".json"):
        reader = JsonReader(source.pieces())
        reader.skip()
        reader.end()
    raise FormatRejected(FormatFault.UNKNOWN_FORMAT)


def _detect_xml(source: TextSource) -> AnnotationFormat:
    root, child = first_tags(source)
    if root == cvat.ROOT and child in cvat.PARTS:
        return AnnotationFormat.CVAT
    if root == voc.ROOT and child in voc.PARTS:
        return AnnotationFormat.VOC
    raise FormatRejected(FormatFault.UNKNOWN_FORMAT)


def _detect_object(reader: JsonReader) -> AnnotationFormat:
    some_of_coco = False
    of_via_3: set[str] = set()
    for key in reader.fields():
        following = reader.peek()
        if key in LISTS:
            if following == "[" and key == "annotations" and begins_with_result(reader):
                return AnnotationFormat.LABEL_STUDIO
            if following == "[":
                return AnnotationFormat.COCO
            some_of_coco = True
        if key.startswith("_via_"):
            return AnnotationFormat.VIA_PROJECT
        if key == "imagePath" or (key == "shapes" and following == "["):
            return AnnotationFormat.LABELME
        if key in PARTS and following == "{":
            of_via_3.add(key)
            reader.skip()
        elif following == "{" and key not in LISTS:
            entry = reader.value()
            if isinstance(entry.get("regions"), (list, dict)) and ("filename" in entry or "size" in entry):
                return AnnotationFormat.VIA_ANNOTATIONS
        else:
            reader.skip()
    reader.end()
    if {"metadata", "file"} <= of_via_3:
        return AnnotationFormat.VIA_3
    if some_of_coco:
        return AnnotationFormat.COCO
    raise FormatRejected(FormatFault.UNKNOWN_FORMAT)


def _in_folder(name: str, filename: str) -> str:
    """The photo's path relative to the parent of the annotation file's folder."""
    place = place_of(filename)
    if not place or not name or _ABSOLUTE.match(name) or "?d=" in name:
        return name
    name = name.replace("\\", "/")
    subset = _SUBSET.fullmatch(PurePosixPath(filename.replace("\\", "/")).name)
    if subset and (name.startswith("../") or subset[1] in name.split("/")):
        place = posixpath.dirname(place)
    return posixpath.normpath(posixpath.join(place, name))
