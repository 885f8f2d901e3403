"""Reads sets of mask pictures: Pascal VOC, MVTec AD, a folder of masks beside one of images, masks beside photos."""

from collections.abc import Iterable

from webapp.formats.annotations.answers import answer_empty
from webapp.formats.annotations.image_list import NO_CATEGORY, CollectedImages
from webapp.formats.annotations.options import ReadOptions
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedImage
from webapp.formats.png_masks.class_names import ClassNames, is_class_file, names_for, read_class_names
from webapp.formats.png_masks.contents import MaskFile
from webapp.formats.png_masks.groups import MaskSet, mask_sets
from webapp.formats.png_masks.layout import SURE_FOLDERS, MaskKind
from webapp.formats.png_masks.meaning import Meaning
from webapp.formats.png_masks.objects import MaskObject
from webapp.formats.png_masks.pixels import MAX_PIXELS, MaskFacts
from webapp.formats.sets.files import ParsedSet, SetFile, SetPhoto, SetReading
from webapp.formats.sets.photo_index import PhotoIndex, key_of
from webapp.formats.sets.voc_lists import is_voc_list, listed_splits

GOOD = "good"
"""Folder of MVTec AD for photos without a defect."""


def read_masks(
    texts: Iterable[SetFile],
    pictures: Iterable[SetFile],
    photos: PhotoIndex,
    options: ReadOptions,
    max_pixels: int = MAX_PIXELS,
) -> SetReading:
    """All sets of masks among these pictures. Raises FormatRejected where there are too many objects.

    Each mask becomes run lengths that equal it pixel by pixel. Pictures that are in no set are photos.
    """
    texts = list(texts)
    reading = SetReading()
    sets = mask_sets(pictures, photos, max_pixels)
    if not sets:
        return reading
    known = read_class_names(texts)
    splits: dict[str, str] = {}
    if any(group.is_voc for group in sets):
        lists = [file for file in texts if is_voc_list(file)]
        splits = listed_splits(lists, photos)
        reading.taken |= {file.path for file in lists}
    reading.taken |= {file.path for file in texts if is_class_file(file.path)}
    for group in sets:
        folders = [*group.root, *group.files[0].place.inside]
        reading.sets.append(_Reader(group, names_for(known, folders), options).read(photos, splits))
        reading.masks |= {one.file.path for one in group.files}
    return reading


class _Reader:
    """Reads one set."""

    def __init__(self, group: MaskSet, names: ClassNames, options: ReadOptions) -> None:
        self.group = group
        self.meaning = Meaning(names, group.numbers, is_voc=group.is_voc, has_palette=group.has_palette)
        self.options = options
        self.images = CollectedImages()

    def read(self, photos: PhotoIndex, splits: dict[str, str]) -> ParsedSet:
        """The objects of every photo."""
        self._report_unused()
        for path, files in self.group.by_photo().items():
            image = self._image(path)
            for one in files:
                if one.facts is not None:
                    self._read_mask(image, one, one.facts)
        self._mark_good(photos.sent)
        images = self.images.images
        for name, split in splits.items():
            image = images.get(name) or self._image(name)
            image.split, image.is_split_listed = split, True
        for one in self.group.files:
            if one.photo is not None and not one.fits and not one.is_view and one.photo.path in images:
                # A photo with a mask that cannot be read is not without objects.
                images[one.photo.path].entries += 1
        for name in self.meaning.unnamed.values():
            self.images.fixed.add(Fault.CLASS_UNNAMED, name, "category")
        is_voc = self.group.is_voc
        parsed = self.images.result(AnnotationFormat.VOC_MASKS if is_voc else AnnotationFormat.PNG_MASKS)
        answer_empty(parsed, self.options)
        first = self.group.files[0]
        path = "/".join(self.group.root or first.place.root) or first.file.path
        for image in parsed.images:
            image.source = path
        return ParsedSet(path, parsed)

    def _image(self, path: str) -> ParsedImage:
        image = self.images.images.get(path) or self.images.image(path, path)
        assert image is not None  # noqa: S101 - a photo has a name
        return image

    def _report_unused(self) -> None:
        for one in self.group.files:
            path = one.file.path
            if one.is_view:
                self.images.skipped.add(Fault.MASK_PICTURE, path, "file")
            elif one.facts is None:
                self.images.skipped.add(Fault.MASK_UNREADABLE, path, "file")
            elif one.photo is None:
                fault = Fault.MASK_AMBIGUOUS if one.of.found.ambiguous else Fault.MASK_WITHOUT_PHOTO
                self.images.skipped.add(fault, path, "file")
            elif not one.fits:
                self.images.skipped.add(Fault.MASK_SIZE, f"{path} / {one.photo.path}", "file")

    def _read_mask(self, image: ParsedImage, one: MaskFile, facts: MaskFacts) -> None:
        path = one.file.path
        image.width, image.height = image.width or facts.width, image.height or facts.height
        self.images.fixed.add(Fault.MASK_TAKEN, f"{path} → {image.file_name}", "file")
        if facts.is_soft:
            self.images.fixed.add(Fault.MASK_SOFT, path, "file")
        void = self.meaning.void_of(facts)
        if void and void in facts.distinct:
            self.images.skipped.add(Fault.MASK_VOID, path, "file")
        left_out = self.meaning.left_out(one.classes) if one.classes else set()
        found = [part for part in one.objects if part.number not in left_out]
        if one.place.kind is MaskKind.OBJECTS:
            found = [part for part in found if part.label != void]
        elif not one.of.numbered and len(found) > len({part.number for part in found}):
            self.images.fixed.add(Fault.MASK_DIVIDED, f"{path}: {len(found)}", "file")
        for part in found:
            self._add(image, one, part)

    def _add(self, image: ParsedImage, one: MaskFile, part: MaskObject) -> None:
        self.images.counted(image)
        place = f"{one.file.path} #{part.label}"
        name = ""
        if part.number is not None and one.classes is not None:
            name = self.meaning.category(part.number, one.classes, one.of.category)
        if not name:
            name = NO_CATEGORY
            self.images.fixed.add(Fault.CATEGORY_MISSING, place)
        part.shape.category, part.shape.source_id = name, place
        image.shapes.append(part.shape)

    def _mark_good(self, photos: Iterable[SetPhoto]) -> None:
        root = [key_of(folder) for folder in self.group.root]
        if self.group.is_voc or not root or root[-1] not in SURE_FOLDERS:
            return
        for photo in photos:
            folders = [key_of(folder) for folder in photo.path.split("/")[:-1]]
            if folders[-1:] == [GOOD] and folders[: len(root) - 1] == root[:-1]:
                image = self._image(photo.path)
                if not image.shapes:
                    image.no_object = True
                    self.images.fixed.add(Fault.GOOD_FOLDER, photo.path, "image")
