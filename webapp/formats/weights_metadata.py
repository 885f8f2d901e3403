"""What a weights file of this product says of itself, beside its tensors: an entry in the header of the file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.formats.files import untrusted_json

METADATA_KEY = "image_recognition"
FORMAT_VERSION = 1
MOST_CATEGORIES = 10_000
LONGEST_CATEGORY = 100
"""Characters, as ``MAX_NAME_LENGTH`` of ``webapp/annotations/categories.py``."""
LONGEST_TEXT = 200
"""Characters of the other texts."""
MOST_ITERATIONS = 2**31 - 1


class WeightsFileError(Exception):
    """The file is not a whole weights file. ``reason`` is a short English phrase for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MetadataError(WeightsFileError):
    """The tensors may be whole, but what the file says of itself cannot be."""


@dataclass(frozen=True)
class BoxRule:
    """Where the box of a detection comes from."""

    refined: bool = False
    """Whether boxes and masks are made more exact (``jobs/detection/prediction/refinement.py``)."""
    mask_share: float = 0.0
    """Between the network's box, 0, and that around the mask, 1."""
    soft_edges: bool = False
    """Whether the box around the mask ends at its soft edge (``jobs/detection/prediction/soft_edges.py``), not at its
    last pixel."""


PLAIN = BoxRule()
"""As Detectron2 does it."""
REFINED = BoxRule(refined=True)
"""As weights that are trained here do it, before the validation photos choose ``mask_share``."""


@dataclass(frozen=True)
class WeightsMetadata:
    """What a weights file of this product carries beside its tensors."""

    architecture: str
    categories: list[str]
    """Names by class number; the order is that of the network's outputs."""
    parameters: dict[str, Any] = field(default_factory=dict)
    dataset_version: str = ""
    iteration: int = 0
    format_version: int = FORMAT_VERSION
    thresholds: dict[str, float] | None = None
    """Advised score threshold of each category, 0 to 1, from the validation photos. None where it is unknown:
    without labelled validation photos, and in files that are older than this entry."""
    box_from_mask: bool = False
    """As ``mask_share`` 1; for versions that do not know that entry."""
    refined: bool = False
    """As ``BoxRule`` has it; not in files that are older than this entry, which go on as they were tested."""
    mask_share: float | None = None
    """As ``BoxRule`` has it: the best one on the validation photos. None in files that are older than this entry."""
    soft_edges: bool = False
    """As ``BoxRule`` has it; not in files that are older than this entry."""

    @property
    def boxes(self) -> BoxRule:
        """How predictions with these weights make their boxes."""
        share = float(self.box_from_mask) if self.mask_share is None else self.mask_share
        return BoxRule(self.refined, share, self.soft_edges and self.mask_share != 0)

    def to_json(self) -> str:
        """The JSON for the file's header."""
        return json.dumps(self.__dict__, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: object) -> "WeightsMetadata":
        """Raises ``MetadataError`` when something is missing, of another type or out of reach."""
        if not isinstance(text, str):
            raise MetadataError("metadata: no text")
        try:
            found = untrusted_json.loads(text)
            given = {name: found[name] for name in cls.__dataclass_fields__ if name not in _ADDED_LATER}
            metadata = cls(**given, **{name: found[name] for name in _ADDED_LATER if name in found})
        except (ValueError, KeyError, TypeError) as error:
            raise MetadataError(f"metadata: {error}") from error
        if metadata.format_version != FORMAT_VERSION or not metadata._is_right():
            raise MetadataError("metadata: another version, types or ranges")
        return metadata

    def _is_right(self) -> bool:
        return (
            isinstance(self.categories, list)
            and are_categories(self.categories)
            and isinstance(self.parameters, dict)
            and type(self.iteration) is int
            and 0 <= self.iteration <= MOST_ITERATIONS
            and isinstance(self.box_from_mask, bool)
            and isinstance(self.refined, bool)
            and isinstance(self.soft_edges, bool)
            and (self.mask_share is None or _is_share(self.mask_share))
            and self._thresholds_are_right()
            and all(_is_text(each, LONGEST_TEXT) for each in (self.architecture, self.dataset_version))
        )

    def _thresholds_are_right(self) -> bool:
        if self.thresholds is None:
            return True
        return isinstance(self.thresholds, dict) and all(
            name in self.categories and _is_share(each) for name, each in self.thresholds.items()
        )


_ADDED_LATER = ("thresholds", "box_from_mask", "refined", "mask_share", "soft_edges")
"""Entries that files of earlier versions do not have; earlier versions ignore them."""


def are_categories(names: Sequence[object]) -> bool:
    """Whether a network can have these categories: texts that a category of a model may have, no name twice."""
    return (
        len(names) <= MOST_CATEGORIES
        and all(_is_text(name, LONGEST_CATEGORY) and name for name in names)
        and len(set(names)) == len(names)
    )


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and value.isprintable()
