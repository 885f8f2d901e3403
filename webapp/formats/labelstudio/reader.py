"""Reads exports of Label Studio, "JSON" and "JSON-MIN", in two passes: ``tasks.py`` chooses, this one reads.

Predictions, drafts and what an annotator cancelled are no labels; of a photo that several people labelled the
annotation that was submitted last is taken, or that of the annotator who is asked for.
"""

from collections.abc import Iterator

from webapp.formats.annotations.image_list import CollectedImages
from webapp.formats.annotations.options import DEFAULT_OPTIONS, Question, ReadOptions
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import TextSource
from webapp.formats.labelstudio.labelling import LabellingReader
from webapp.formats.labelstudio.regions import is_region
from webapp.formats.labelstudio.task_photos import TaskPhotos
from webapp.formats.labelstudio.tasks import ANNOTATIONS, Task, choose, entries, survey_records, survey_tasks

NOT_SUBMITTED = ("predictions", "drafts")
OF_A_RECORD = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
"""Fields that JSON-MIN adds to those of the task."""


def read_label_studio(source: TextSource, options: ReadOptions = DEFAULT_OPTIONS) -> ParsedAnnotations:
    """Read a "JSON" export. Raises FormatRejected."""
    photos = _begun(source)
    tasks = survey_tasks(source)
    question = choose(tasks, options.annotator)
    reader = JsonReader(source.pieces())
    for number in entries(reader):
        if reader.peek() != "{":
            reader.skip()
            photos.skipped.add(Fault.NOT_AN_OBJECT, f"task {number + 1}", "image")
            continue
        _read_task(reader, photos, tasks[number])
    return _result(photos, AnnotationFormat.LABEL_STUDIO, question)


def read_label_studio_min(source: TextSource, options: ReadOptions = DEFAULT_OPTIONS) -> ParsedAnnotations:
    """Read a "JSON-MIN" export. Raises FormatRejected."""
    photos = _begun(source)
    tasks, of_records = survey_records(source)
    question = choose(tasks, options.annotator)
    of_tasks: dict[int, TaskPhotos] = {}
    reader = JsonReader(source.pieces())
    for number in entries(reader):
        if reader.peek() != "{":
            reader.skip()
            photos.skipped.add(Fault.NOT_AN_OBJECT, f"record {number + 1}", "image")
            continue
        task = of_records[number]
        if id(task) not in of_tasks:
            of_tasks[id(task)] = TaskPhotos(photos, task)
        _read_record(reader, photos, task, of_tasks[id(task)], number)
    return _result(photos, AnnotationFormat.LABEL_STUDIO_MIN, question)


def embedded_pictures(source: TextSource) -> Iterator[tuple[str, str]]:
    """Name and base64 text of the photos that stand in the tasks of a "JSON" export."""
    reader = JsonReader(source.pieces())
    for number in entries(reader):
        if reader.peek() != "{":
            reader.skip()
            continue
        for key in reader.fields():
            if key != "data":
                reader.skip()
                continue
            data = reader.value()
            task = Task()
            task.name(data, None, number)
            for field, name in task.embedded.items():
                yield name, data[field].strip()


def _begun(source: TextSource) -> CollectedImages:
    photos = CollectedImages()
    if source.guessed:
        photos.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    return photos


def _result(
    photos: CollectedImages, format: AnnotationFormat, question: Question | None
) -> ParsedAnnotations:
    photos.drop_repeated()
    result = photos.result(format)
    if question is not None:
        result.questions.append(question)
    return result


def _read_task(reader: JsonReader, photos: CollectedImages, task: Task) -> None:
    of_task = TaskPhotos(photos, task)
    for key in reader.fields():
        if key not in (*ANNOTATIONS, *NOT_SUBMITTED) or reader.peek() != "[":
            reader.skip()
            continue
        for number in reader.items():
            refused = _refusal(task, number) if key in ANNOTATIONS else Fault.NOT_SUBMITTED
            _read_annotation(reader, LabellingReader(photos, of_task, refused))


def _refusal(task: Task, number: int) -> Fault | None:
    """Why this annotation of a task is not taken; None for the chosen one."""
    if number == task.chosen:
        return None
    return Fault.CANCELLED if task.labellings[number].cancelled else Fault.OTHER_ANNOTATOR


def _read_annotation(reader: JsonReader, labelling: LabellingReader) -> None:
    if reader.peek() != "{":
        reader.skip()
        return
    for key in reader.fields():
        if key == "result" and reader.peek() == "[":
            for entry in reader.entries():
                labelling.add(entry)
        else:
            reader.skip()
    labelling.finish()


def _read_record(
    reader: JsonReader, photos: CollectedImages, task: Task, of_task: TaskPhotos, number: int
) -> None:
    refused = None if number == task.chosen else Fault.OTHER_ANNOTATOR
    labelling = LabellingReader(photos, of_task, refused)
    for key in reader.fields():
        if key in OF_A_RECORD or key in task.names:
            reader.skip()
        elif reader.peek() == "[":
            for value in reader.entries():
                _add_value(labelling, key, value)
        else:
            _add_value(labelling, key, reader.value())
    labelling.finish()


def _add_value(labelling: LabellingReader, key: str, value: object) -> None:
    """One value of a field, which is a region or says something about the photo."""
    entry: dict[str, object] = {"from_name": key, "value": value if isinstance(value, dict) else {key: value}}
    if isinstance(value, dict) and is_region(value):
        entry |= {name: value[name] for name in ("original_width", "original_height") if name in value}
    labelling.add(entry)
