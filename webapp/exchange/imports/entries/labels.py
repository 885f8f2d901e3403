"""The labels of each photo: those of all entries that mean it, fitted to it, each object once.

A photo has several sets of labels where it came under several names or where several files list it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from webapp.exchange.imports import plan
from webapp.exchange.imports.choices import Doubles, ImportChoices
from webapp.exchange.imports.entries.targets import Target
from webapp.exchange.imports.findings import SHOWN
from webapp.exchange.imports.plan import ImportPlan
from webapp.exchange.imports.spool import ListedImage
from webapp.formats.annotations.options import Question, QuestionName
from webapp.formats.annotations.parsed import AnnotationFault, FindingLog, ParsedImage, ParsedShape
from webapp.formats.masks.doubles import Covered, doubled

LEFT_OUT = "label_set_left_out"
"""Code of the finding for labels of sets that do not count."""


@dataclass(slots=True)
class ImageLabels:
    """What the files say of one photo."""

    target: Target
    name: str
    """Of the photo in the files, for the report."""
    shapes: list[ParsedShape]
    """Inside the photo, with the categories of the files."""
    no_object: bool


@dataclass
class LabelReader:
    """Reads the labels of one photo after the other and collects what is to be reported."""

    plan: ImportPlan
    choices: ImportChoices
    read_image: Callable[[ListedImage], ParsedImage]
    fixed: FindingLog = field(default_factory=FindingLog)
    skipped: FindingLog = field(default_factory=FindingLog)
    question: Question = field(default_factory=lambda: Question(QuestionName.DOUBLES))
    """Photos whose sets differ."""
    left_out: list[str] = field(default_factory=list)
    """Labels of sets that do not count."""

    def read(self, group: list[ListedImage]) -> ImageLabels:
        """The labels of a photo; ``group`` are all of ``ImportPlan.groups`` that mean it."""
        target = self.plan.targets[group[0].file_name]
        found = ImageLabels(target, group[0].file_name, [], False)
        sets = [(photo, self._fitted(self.read_image(photo), target)) for photo in group]
        sets = [(photo, shapes) for photo, shapes in sets if shapes]
        if not sets:
            # Where another file has labels that were left out, the photo is not without objects.
            found.no_object = any(photo.no_object for photo in group) and not any(
                photo.entries for photo in group
            )
            return found
        counting = self._counting(sets, target) if len(sets) > 1 else sets
        found.shapes = counting[0][1]
        for photo, shapes in counting[1:]:
            twice = self._are_among(shapes, found.shapes, target)
            found.shapes = found.shapes + self._without(shapes, twice, photo.file_name)
        return found

    def missing_in(self, present: list[ParsedShape], labels: ImageLabels) -> list[ParsedShape]:
        """The shapes that are not among ``present`` ones of the model; the others are reported.

        Both have categories of the model.
        """
        ours, theirs = _covered(present), _covered(labels.shapes)
        twice = doubled(ours, theirs, labels.target.width, labels.target.height)
        return self._without(labels.shapes, twice, labels.name)

    def _without(self, shapes: list[ParsedShape], twice: list[bool], name: str) -> list[ParsedShape]:
        for shape, is_double in zip(shapes, twice, strict=True):
            if is_double:
                self.skipped.add(AnnotationFault.DUPLICATE, f"{name} {shape.source_id}".rstrip())
        return [shape for shape, is_double in zip(shapes, twice, strict=True) if not is_double]

    def _counting(
        self, sets: list[tuple[ListedImage, list[ParsedShape]]], target: Target
    ) -> list[tuple[ListedImage, list[ParsedShape]]]:
        """The sets that count: all, or one where they differ and it is chosen."""
        first = sets[0][1]
        if all(self._are_alike(first, shapes, target) for _photo, shapes in sets[1:]):
            return sets
        self.question.count += 1
        if len(self.question.examples) < SHOWN:
            names = dict.fromkeys(photo.file_name for photo, _shapes in sets)
            self.question.examples.append(" = ".join(names))
        if self.choices.doubles is Doubles.BOTH:
            return sets
        chosen = sets[0] if self.choices.doubles is Doubles.FIRST else sets[-1]
        for photo, shapes in sets:
            if photo is not chosen[0]:
                twice = self._are_among(shapes, chosen[1], target)
                for shape, is_double in zip(shapes, twice, strict=True):
                    place = f"{photo.file_name} {shape.source_id}".rstrip()
                    if is_double:
                        self.skipped.add(AnnotationFault.DUPLICATE, place)
                    else:
                        self.left_out.append(place)
        return [chosen]

    def _are_alike(self, one: list[ParsedShape], other: list[ParsedShape], target: Target) -> bool:
        return all(self._are_among(one, other, target)) and all(self._are_among(other, one, target))

    def _are_among(self, shapes: list[ParsedShape], others: list[ParsedShape], target: Target) -> list[bool]:
        named = self.choices.category
        return doubled(_covered(others, named), _covered(shapes, named), target.width, target.height)

    def _fitted(self, image: ParsedImage, target: Target) -> list[ParsedShape]:
        fitted = plan.fitted(self.plan, image, target)
        self.fixed.merge(fitted.fixed)
        self.skipped.merge(fitted.skipped)
        return fitted.shapes


def _covered(
    shapes: list[ParsedShape], named: Callable[[str], str | None] = lambda name: name
) -> list[Covered]:
    """``named`` gives the category in the model, where names that differ in case alone are one."""
    return [
        Covered(
            f"{named(shape.category)}/{shape.iscrowd}".casefold(),
            shape.segmentation,
            shape.bbox,
            shape.area,
        )
        for shape in shapes
    ]
