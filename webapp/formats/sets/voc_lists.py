"""``ImageSets`` of Pascal VOC: the photos of each split, one stem a line, in folders with the folder in front."""

from collections.abc import Iterable, Sequence

from webapp.formats.annotations.parsed import AnnotationFormat, FormatRejected, ParsedAnnotations, ParsedImage
from webapp.formats.files.filenames import clean_text
from webapp.formats.sets.class_files import lines_of
from webapp.formats.sets.files import ParsedSet, SetFile, SetReading
from webapp.formats.sets.photo_index import PhotoIndex, key_of
from webapp.formats.yolo.lists import split_named

FOLDER = "imagesets"
OF_MASKS = "segmentation"


def is_voc_list(file: SetFile) -> bool:
    """Whether it lies in ``ImageSets``."""
    return file.suffix == ".txt" and FOLDER in map(key_of, file.folders)


def read_voc_lists(lists: Sequence[SetFile], photos: PhotoIndex) -> SetReading:
    """The splits alone: what is on the photos, the XML files beside these lists say."""
    images = [
        ParsedImage(name, None, None, split=split, is_split_listed=True)
        for name, split in listed_splits(lists, photos).items()
    ]
    parsed = ParsedAnnotations(AnnotationFormat.VOC, images, [], 0, [], [])
    sets = [ParsedSet(lists[0].path, parsed)] if images else []
    return SetReading(sets, taken={file.path for file in lists})


def listed_splits(lists: Iterable[SetFile], photos: PhotoIndex) -> dict[str, str]:
    """The split by the name of the photo. The lists for segmentation count before others."""
    found: dict[str, str] = {}
    for file in sorted(lists, key=lambda file: OF_MASKS not in map(key_of, file.folders)):
        # aeroplane_train.txt says in which photos of the split there is an aeroplane.
        split = split_named(file.stem) if file.stem.isalnum() else None
        if split is None:
            continue
        try:
            lines = lines_of(file)
        except FormatRejected:
            continue
        folders = map(key_of, file.folders)
        above = file.folders[: list(folders).index(FOLDER)]
        for line in lines:
            *inside, stem = clean_text(line).split("/")
            photo = photos.find(above + inside, stem).photo if stem else None
            if photo is not None:
                found.setdefault(photo.path, split)
    return found
