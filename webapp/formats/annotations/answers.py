"""What a file leaves open, for every format: open lines, crowds, photos without shapes, coordinates from 0 to 1.

Readers keep these as they stand in the file. Here the answers (``ReadOptions``) are applied, what was done is
added to the findings, and what could be answered otherwise becomes a question.
"""

from collections.abc import Iterator

from webapp.formats.annotations.options import Question, QuestionName, ReadOptions
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import FindingLog, ParsedAnnotations, ParsedImage, ParsedShape

LARGEST_SHARE = 1.25
"""Shares of a photo may lie a little outside of it; in pixels, nothing that is labelled lies all so close to 0."""


def apply_answers(parsed: ParsedAnnotations, options: ReadOptions) -> None:
    """Change what was read, and add findings and questions."""
    fixed, skipped = FindingLog(), FindingLog()
    fixed.merge(parsed.fixed)
    skipped.merge(parsed.skipped)
    _normalise(parsed, fixed)
    questions = (
        _lines(parsed, options, fixed, skipped),
        _crowds(parsed, options, fixed),
        _empty(parsed, options, fixed, skipped),
    )
    parsed.questions += [question for question in questions if question.count]
    parsed.fixed, parsed.skipped = fixed.findings, skipped.findings


def answer_empty(parsed: ParsedAnnotations, options: ReadOptions) -> None:
    """Apply the answer about photos without shapes alone: for sets of files that leave nothing else open."""
    fixed, skipped = FindingLog(), FindingLog()
    fixed.merge(parsed.fixed)
    skipped.merge(parsed.skipped)
    question = _empty(parsed, options, fixed, skipped)
    parsed.questions += [question] if question.count else []
    parsed.fixed, parsed.skipped = fixed.findings, skipped.findings


def _normalise(parsed: ParsedAnnotations, fixed: FindingLog) -> None:
    """Mark the shapes of a file that has no coordinate beyond 1, and not only whole numbers."""
    if any(image.is_own for image in parsed.images):
        return
    fractional = False
    for _image, shape in _shapes(parsed):
        if isinstance(shape.segmentation, dict):
            continue
        for flat in shape.segmentation:
            if max(flat) > LARGEST_SHARE or min(flat) < 1 - LARGEST_SHARE:
                return
            fractional = fractional or any(value % 1 for value in flat)
    if not fractional:
        return
    for image, shape in _shapes(parsed):
        if not isinstance(shape.segmentation, dict) and not shape.normalised:
            shape.normalised = True
            fixed.add(Fault.NORMALISED, _place(image, shape))


def _crowds(parsed: ParsedAnnotations, options: ReadOptions, fixed: FindingLog) -> Question:
    """Some tools mark every mask as a crowd, which training would ignore: objects beside them show that it is meant."""
    question = Question(QuestionName.CROWD)
    marked = [(image, shape) for image, shape in _shapes(parsed) if shape.iscrowd and not image.is_own]
    everything = len(marked) == parsed.annotations_taken
    question.default = "object" if everything else "crowd"
    as_objects = (options.crowd or question.default) == "object"
    for image, shape in marked:
        question.add(_place(image, shape))
        if as_objects:
            shape.iscrowd = False
            fixed.add(Fault.CROWD_MASKS_AS_OBJECTS, _place(image, shape))
    return question


def _lines(
    parsed: ParsedAnnotations, options: ReadOptions, fixed: FindingLog, skipped: FindingLog
) -> Question:
    question = Question(QuestionName.LINES)
    left_out: set[str] = set()
    for image in parsed.images:
        lines = [shape for shape in image.shapes if shape.line_width is not None]
        for shape in lines:
            question.add(_place(image, shape))
            if options.lines:
                shape.line_width = options.lines
                fixed.add(Fault.LINE_WIDENED, _place(image, shape))
            else:
                skipped.add(Fault.LINE, _place(image, shape))
                left_out.add(shape.category)
        if lines and not options.lines:
            image.shapes = [shape for shape in image.shapes if shape.line_width is None]
    if left_out:
        # A category that nothing else has is not added to the model either.
        left_out -= {shape.category for _image, shape in _shapes(parsed)}
        parsed.categories = [name for name in parsed.categories if name not in left_out]
    return question


def _empty(
    parsed: ParsedAnnotations, options: ReadOptions, fixed: FindingLog, skipped: FindingLog
) -> Question:
    """A photo whose annotations were all left out is not one without objects."""
    question = Question(QuestionName.EMPTY)
    for image in parsed.images:
        if image.shapes or image.entries or image.no_object or image.is_own:
            continue
        question.add(image.file_name)
        if options.empty == "no_object":
            image.no_object = True
            fixed.add(Fault.EMPTY_NO_OBJECT, image.file_name, "image")
        else:
            skipped.add(Fault.EMPTY_UNLABELLED, image.file_name, "image")
    return question


def _shapes(parsed: ParsedAnnotations) -> Iterator[tuple[ParsedImage, ParsedShape]]:
    return ((image, shape) for image in parsed.images for shape in image.shapes)


def _place(image: ParsedImage, shape: ParsedShape) -> str:
    return f"{image.file_name} {shape.source_id}".rstrip()
