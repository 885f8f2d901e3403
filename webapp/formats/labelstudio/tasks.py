"""A first pass over an export of Label Studio: the photos, who labelled them, and whose labels are taken.

"JSON" lists tasks, each with its `annotations`; "JSON-MIN" lists annotations, each with the fields of its task. In
both the photo and the time of an annotation may stand behind its regions, so they are read before these.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

from webapp.formats.annotations.folders import SplitName
from webapp.formats.annotations.options import Question, QuestionName
from webapp.formats.coco.lists import MAX_ANNOTATIONS, MAX_IMAGES, count_up
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import TextSource
from webapp.formats.labelstudio.photos import EMBEDDED, Names, annotator, is_photo, photo_fields, submitted

ANNOTATIONS = ("annotations", "completions")
"""Of a task; the second in files before 2021."""
ABOUT = {"completed_by", "created_by", "was_cancelled", "skipped", "created_at", "updated_at"}
"""Fields of an annotation beside its regions."""
EXAMPLES = 5


@dataclass(slots=True)
class Labelling:
    """One annotation of a task: all that one person drew at a time."""

    number: int
    """Its place in the list: of the task, or (JSON-MIN) of the file."""
    who: str
    when: float
    cancelled: bool = False


@dataclass(slots=True)
class Task:
    """One task; `chosen` is the number of the annotation whose regions are taken."""

    names: Names = field(default_factory=dict)
    label: str = ""
    labellings: list[Labelling] = field(default_factory=list)
    chosen: int | None = None
    split: str | None = None
    """Of one of our own exports."""
    embedded: dict[str, str] = field(default_factory=dict)
    """Names given to photos that stand in the task itself, by their field."""

    def name(self, data: object, uploaded: object, number: int) -> None:
        """Take the names of its photos from its fields."""
        self.names = photo_fields(data)
        for key, value in self.names.items():
            if isinstance(value, str) and value.strip().lower().startswith(EMBEDDED):
                kind = value.strip()[len(EMBEDDED) :].partition(";")[0].lower()
                suffix = ".jpg" if kind in {"jpeg", "jpg"} else f".{kind}" if kind.isalnum() else ""
                self.names[key] = self.embedded[key] = f"task-{number + 1}{suffix[:5]}"
        # A task that came from a list has the name of the list there.
        if not self.names and is_photo(uploaded):
            self.names = {"file_upload": str(uploaded)}
        self.label = f"task {number + 1}"
        split = data.get("split") if isinstance(data, dict) else None
        self.split = split if isinstance(split, str) and split in get_args(SplitName) else None

    def choose(self, wanted: str | None) -> None:
        """Take the annotation that was submitted last, by `wanted` where they have one."""
        done = [one for one in self.labellings if not one.cancelled]
        theirs = [one for one in done if wanted and one.who == wanted] or done
        last = max(theirs, key=lambda one: (one.when, one.number), default=None)
        self.chosen = last.number if last else None

    @property
    def annotators(self) -> list[str]:
        """Everybody who submitted labels."""
        return list(dict.fromkeys(one.who for one in self.labellings if not one.cancelled and one.who))


def entries(reader: JsonReader) -> Iterator[int]:
    """The numbers of the entries of a list, or one for an object; the caller takes or skips each."""
    if reader.peek() == "[":
        yield from reader.items()
    else:
        yield 0
    reader.end()


def survey_tasks(source: TextSource) -> list[Task]:
    """The tasks of a "JSON" export, none of them chosen yet. Raises FormatRejected."""
    reader = JsonReader(source.pieces())
    tasks: list[Task] = []
    for number in entries(reader):
        count_up(number, MAX_IMAGES)
        task = Task()
        tasks.append(task)
        if reader.peek() != "{":
            reader.skip()
            continue
        fields: dict[str, Any] = {}
        for key in reader.fields():
            if key in ANNOTATIONS and reader.peek() == "[":
                for index in reader.items():
                    task.labellings.append(_labelling(reader, index))
            elif key in {"data", "file_upload"}:
                fields[key] = reader.value()
            else:
                reader.skip()
        task.name(fields.get("data"), fields.get("file_upload"), number)
    return tasks


def survey_records(source: TextSource) -> tuple[list[Task], list[Task]]:
    """The tasks of a "JSON-MIN" export, and the task of each record. Raises FormatRejected."""
    reader = JsonReader(source.pieces())
    tasks: dict[str, Task] = {}
    of_records: list[Task] = []
    for number in entries(reader):
        count_up(number, MAX_ANNOTATIONS)
        fields: dict[str, Any] = {}
        if reader.peek() == "{":
            for key in reader.fields():
                following = reader.peek()
                if following == "{" and key != "annotator":
                    reader.skip()
                elif following == "[":
                    fields[key] = _texts(reader)
                else:
                    fields[key] = reader.value()
        else:
            reader.skip()
        task = Task()
        task.name(fields, None, number)
        key = f"id {fields['id']}" if isinstance(fields.get("id"), (int, str)) else f"{task.names or number}"
        task = tasks.setdefault(key[:1000], task)
        of_records.append(task)
        task.labellings.append(Labelling(number, annotator(fields.get("annotator")), submitted(fields)))
    return list(tasks.values()), of_records


def choose(tasks: list[Task], wanted: str | None) -> Question | None:
    """Choose an annotation of each task; the question whose they are to be, where that matters."""
    for task in tasks:
        task.choose(wanted)
    several = [task for task in tasks if len(task.annotators) > 1]
    if not several:
        return None
    examples = [str(next(iter(task.names.values()), task.label))[:200] for task in several[:EXAMPLES]]
    choices = list(dict.fromkeys(who for task in several for who in task.annotators))
    return Question(QuestionName.ANNOTATOR, len(several), examples, choices)


def _labelling(reader: JsonReader, number: int) -> Labelling:
    fields: dict[str, Any] = {}
    if reader.peek() == "{":
        for key in reader.fields():
            if key in ABOUT:
                fields[key] = reader.value()
            elif reader.peek() == "[":
                # Quicker than to skip them, and no more of them is in memory.
                for _ in reader.entries():
                    pass
            else:
                reader.skip()
    else:
        reader.skip()
    cancelled = fields.get("was_cancelled") is True or fields.get("skipped") is True
    who = annotator(fields.get("completed_by") or fields.get("created_by"))
    return Labelling(number, who, submitted(fields), cancelled)


def _texts(reader: JsonReader) -> list[str]:
    """A list where it is one of texts, else nothing of it."""
    found = []
    for value in reader.entries():
        if isinstance(value, str):
            found.append(value)
    return found
