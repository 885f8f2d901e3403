"""Reads CVAT XML 1.1: photos with their shapes ("for images"), or tracks of a film frame by frame ("for video").

The format: https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/
"""

from xml.etree.ElementTree import Element

from webapp.formats.annotations.folders import split_of
from webapp.formats.annotations.image_list import NO_CATEGORY, CollectedImages
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedImage, ParsedShape
from webapp.formats.coco.lists import category_name, count_up, id_key, read_side
from webapp.formats.cvat.shapes import SHAPES, read_outline
from webapp.formats.files.text_source import TextSource
from webapp.formats.files.xml_stream import Part, XmlReader, text_of

ROOT, PARTS = "annotations", {"version", "meta", "image", "track"}
"""What makes an XML file one of CVAT: its outermost element, and those inside it."""
MAX_LABELS = 100_000
NO_GROUP = {"", "0"}
READ = {
    "label", "points", "xtl", "ytl", "xbr", "ybr", "rotation", "cx", "cy", "rx", "ry", "rle", "left", "top", "width",
    "height", "group_id", "frame", "keyframe", "outside", "source",
}  # fmt: skip
"""XML attributes of a shape that are read, and how and when the shape was made."""
OFTEN_ZERO = {"occluded", "z_order"}
OF_AN_IMAGE = {"id", "name", "width", "height", "subset", "task_id", "job_id"}
DEFAULT_SUBSET = "default"


def read_cvat(source: TextSource) -> ParsedAnnotations:
    """Read one file. Raises FormatRejected where it cannot be read as a whole."""
    return _Reader(source).read()


class _Reader:
    """Walks through one file, shape by shape."""

    def __init__(self, source: TextSource) -> None:
        self.source = source
        self.photos = CollectedImages()
        self.labels: dict[str, None] = {}
        """Names that the file defines, in its order."""
        self.film_size: tuple[int | None, int | None] = None, None
        self.image: ParsedImage | None = None
        """The photo whose shapes come next."""
        self.track: Element | None = None
        self.frames: dict[int, ParsedImage | None] = {}
        self.in_image = 0
        self.groups: dict[tuple[str, str], list[ParsedShape]] = {}
        """The shapes of each group, by photo and group."""

    def read(self) -> ParsedAnnotations:
        if self.source.guessed:
            self.photos.fixed.add(Fault.TEXT_ENCODING, self.source.encoding, "file")
        reader = XmlReader(self.source, {"label", "original_size", "tag", *SHAPES})
        for part, element in reader.events():
            if part is Part.START:
                self._begin(element)
            else:
                self._end(element)
        self._report_groups()
        self.photos.drop_repeated()
        result = self.photos.result(AnnotationFormat.CVAT)
        used = set(result.categories)
        result.categories = list(dict.fromkeys([*(n for n in self.labels if n in used), *result.categories]))
        return result

    def _begin(self, element: Element) -> None:
        if element.tag == "image":
            self.in_image = 0
            self.image = self._photo(element)
        elif element.tag == "track":
            self.track = element

    def _end(self, element: Element) -> None:
        if element.tag == "image":
            self.image = None
        elif element.tag == "track":
            self.track = None
        elif element.tag == "label":
            self._define(element)
        elif element.tag == "original_size":
            self.film_size = read_side(text_of(element, "width")), read_side(text_of(element, "height"))
        elif element.tag == "tag":
            self._report_tag(element)
        elif element.tag in SHAPES:
            self._add(element)

    def _photo(self, element: Element) -> ParsedImage | None:
        """A photo of a subset, which CVAT keeps in a folder of this name: two subsets can have one name of a photo."""
        name, subset = element.get("name", "").strip(), element.get("subset", "").strip()
        in_folder = bool(name and subset) and subset.lower() != DEFAULT_SUBSET
        image = self.photos.image(
            f"{subset}/{name}" if in_folder else name, f"image {element.get('id', '?')}"
        )
        if image is not None:
            if in_folder and not image.other_names:
                image.other_names = [name]
                if split_of(f"{subset}/") is None:
                    self.photos.attributes.add("subset", subset, image.file_name)
            self._describe(image, element)
        return image

    def _describe(self, image: ParsedImage, element: Element) -> None:
        width, height = element.get("width"), element.get("height")
        image.width, image.height = read_side(width), read_side(height)
        if (image.width is None or image.height is None) and (width or height):
            self.photos.fixed.add(Fault.IMAGE_SIZE_UNREADABLE, image.file_name, "image")
        for name in sorted(element.attrib.keys() - OF_AN_IMAGE):
            self.photos.attributes.add(name, element.get(name), image.file_name)

    def _define(self, element: Element) -> None:
        """One label of the task, not of a shape."""
        name = category_name(text_of(element, "name"))
        if not name or name in self.labels:
            return
        count_up(len(self.labels), MAX_LABELS)
        self.labels[name] = None

    def _report_tag(self, element: Element) -> None:
        """A tag says something about the photo as a whole."""
        if self.image is not None:
            self.photos.attributes.add("tag", element.get("label"), self.image.file_name)
            self._report_attributes(element, self.image.file_name)

    def _add(self, element: Element) -> None:
        """One shape, of the photo or of the track around it."""
        image = self.image
        label = element.get("label")
        place = f"#{self.in_image + 1}"
        if self.track is not None:
            if element.get("outside") == "1":  # the object has left the film
                return
            label = self.track.get("label")
            image = self._frame(element.get("frame"))
            place = f"track {self.track.get('id', '?')}"
        self.in_image += 1
        self.photos.counted(image)
        if image is None:
            self.photos.skipped.add(Fault.UNKNOWN_IMAGE, place)
            return
        source_id, place = place, f"{image.file_name} {place}"
        shape = self.photos.add_outline(read_outline(element, image), place)
        if shape is None:
            return
        shape.source_id = source_id
        shape.category = category_name(label)
        if not shape.category:
            shape.category = NO_CATEGORY
            self.photos.fixed.add(Fault.CATEGORY_MISSING, place)
        self._report_values(element, place)
        if not self._joined(image, shape, element, place):
            image.shapes.append(shape)

    def _frame(self, number: str | None) -> ParsedImage | None:
        """The photo of a frame, by the name that CVAT gives it when it saves the frames of a film."""
        key = id_key(number)
        if not isinstance(key, int) or key < 0:
            return None
        if key not in self.frames:
            image = self.frames[key] = self.photos.image(f"frame_{key:06}.png", f"frame {key}")
            if image is not None:
                image.width, image.height = self.film_size
                self.photos.fixed.add(Fault.FRAME_NAMED, image.file_name, "image")
        return self.frames[key]

    def _report_values(self, element: Element, place: str) -> None:
        for name in sorted(element.attrib.keys() - READ):
            value = element.get(name)
            if not (name in OFTEN_ZERO and value == "0"):
                self.photos.attributes.add(name, value, place)
        self._report_attributes(element, place)

    def _report_attributes(self, element: Element, place: str) -> None:
        for attribute in element.iterfind("attribute"):
            self.photos.attributes.add(attribute.get("name", "?"), (attribute.text or "").strip(), place)

    def _joined(self, image: ParsedImage, shape: ParsedShape, element: Element, place: str) -> bool:
        """Whether it is a further part of an object: CVAT groups the polygons of one that has several."""
        group = (self.track if self.track is not None else element).get("group_id", "").strip()
        if group in NO_GROUP:
            return False
        members = self.groups.setdefault((image.file_name, group), [])
        if _is_outline(shape):
            for other in members:
                if other.category == shape.category and _is_outline(other):
                    self.photos.join(other, shape, place)
                    return True
        members.append(shape)
        return False

    def _report_groups(self) -> None:
        """Groups of several objects are not kept."""
        for (file_name, group), members in self.groups.items():
            for shape in members if len(members) > 1 else []:
                self.photos.attributes.add("group_id", group, f"{file_name} {shape.source_id}")


def _is_outline(shape: ParsedShape) -> bool:
    return isinstance(shape.segmentation, list) and not shape.is_box and shape.line_width is None
