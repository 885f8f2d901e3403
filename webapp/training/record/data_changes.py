"""Which photos came, went or moved between the data of two runs."""

from dataclasses import dataclass

from webapp.formats.coco.document import decompress_document
from webapp.models import TrainingRun


@dataclass(frozen=True)
class DataChanges:
    """File names, in order; counted in full, so that a page may show the first ones."""

    came: list[str]
    went: list[str]
    moved: list[str]
    """To another split."""
    relabelled: list[str]
    """In the same split with other labels."""

    @property
    def lists(self) -> dict[str, list[str]]:
        """By name, without the empty ones."""
        named = {"came": self.came, "went": self.went, "moved": self.moved, "relabelled": self.relabelled}
        return {name: names for name, names in named.items() if names}


def between(first: TrainingRun, other: TrainingRun) -> DataChanges:
    """From ``first`` to ``other``; nothing where both have the same dataset version."""
    if first.dataset_version_id == other.dataset_version_id:
        return DataChanges([], [], [], [])
    before, after = _photos(first), _photos(other)
    both = before.keys() & after.keys()
    return DataChanges(
        came=sorted(after.keys() - before.keys()),
        went=sorted(before.keys() - after.keys()),
        moved=sorted(name for name in both if before[name][0] != after[name][0]),
        relabelled=sorted(
            name for name in both if before[name][0] == after[name][0] and before[name][1] != after[name][1]
        ),
    )


def _photos(run: TrainingRun) -> dict[str, tuple[str, list[str]]]:
    """By file name the split, and the labels in a form that can be compared."""
    document = decompress_document(run.dataset_version.document)
    names = {one["id"]: one["name"] for one in document["categories"]}
    labels: dict[int, list[str]] = {}
    for one in document["annotations"]:
        shape = f"{names[one['category_id']]} {one['bbox']} {one.get('segmentation')}"
        labels.setdefault(one["image_id"], []).append(shape)
    return {
        image["file_name"]: (image["split"], sorted(labels.get(image["id"], [])))
        for image in document["images"]
    }
