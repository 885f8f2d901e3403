"""The photos of one task of Label Studio, and which of them a region is on."""

import re

from webapp.formats.annotations.image_list import CollectedImages
from webapp.formats.annotations.parsed import ParsedImage
from webapp.formats.labelstudio.tasks import Task


class TaskPhotos:
    """The photos of one task, listed when they are asked for."""

    def __init__(self, photos: CollectedImages, task: Task) -> None:
        self._photos = photos
        self._task = task
        self._known: dict[str, ParsedImage | None] = {}
        self._shown: dict[str, str] = {}
        """The field by the name under which a region knows its photo."""
        if not task.names:
            photos.image(None, task.label)
        for key in dict.fromkeys([*list(task.names)[:1], *task.embedded]):
            self._list(key)

    def of(self, shown: object, number: object) -> ParsedImage | None:
        """The photo of a region: `shown` is its `to_name`, `number` its place among several; None where unknown."""
        fields = self._task.names
        if not fields:
            return None
        shown = shown if isinstance(shown, str) else ""
        if shown not in self._shown:
            self._shown[shown] = self._field_of(shown)
        value = fields.get(self._shown[shown])
        if isinstance(value, list):
            index = number if isinstance(number, int) and not isinstance(number, bool) else 0
            value = value[index] if 0 <= index < len(value) else None
        return self._photo(value, self._shown[shown]) if value else None

    @property
    def first(self) -> str:
        """The name of the photo of which something is said that names no photo."""
        return next((image.file_name for image in self._known.values() if image is not None), "?")

    def _field_of(self, shown: str) -> str:
        """Which field a name shows, "" where that is not certain: the labelling set-up says it, which no export has."""
        fields = self._task.names
        numbered = re.search(r"\d+$", shown)
        same = [key for key in fields if numbered and f".{numbered.group()}." in f"{key}."]
        if shown in fields or len(same) == 1:  # the second of a set-up that repeats its parts
            return shown if shown in fields else same[0]
        return next(iter(fields)) if not self._shown else ""

    def mark_empty(self) -> None:
        """Of our own exports, which hold labelled photos alone, one without labels shows no object."""
        for image in self._known.values():
            if image is not None and self._task.split is not None:
                image.no_object = True

    def _list(self, key: str) -> None:
        value = self._task.names[key]
        for name in value if isinstance(value, list) else [value]:
            self._photo(name, key)

    def _photo(self, name: str, key: str) -> ParsedImage | None:
        if name not in self._known:
            image = self._known[name] = self._photos.image(name, self._task.label)
            if image is not None:
                image.split = image.split or self._task.split
                image.embedded = image.embedded or key in self._task.embedded
        return self._known[name]
