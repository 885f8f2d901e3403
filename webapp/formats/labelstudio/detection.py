"""Tells exports of Label Studio from other JSON by the entries of their lists."""

from webapp.formats.annotations.parsed import AnnotationFormat
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.labelstudio.regions import is_region
from webapp.formats.labelstudio.tasks import ANNOTATIONS

OF_A_TASK = {*ANNOTATIONS, "predictions", "drafts"}
OF_A_RECORD = {"annotation_id", "annotator", "lead_time"}
LOOKED_AT = 100
"""Entries of a list; the first ones may have no labels."""


def kind_of_list(reader: JsonReader) -> AnnotationFormat | None:
    """What the list that comes next is an export of; None where it is another one. Raises FormatRejected."""
    for number in reader.items():
        if number == LOOKED_AT:
            return None
        if reader.peek() != "{":
            reader.skip()
        elif kind := _kind_of_entry(reader):
            return kind
    return None


def begins_with_result(reader: JsonReader) -> bool:
    """Whether the first entry of the list that comes next is an annotation of a task. Raises FormatRejected."""
    for _ in reader.items():
        entry = reader.value()
        return isinstance(entry, dict) and isinstance(entry.get("result"), list)
    return False


def _kind_of_entry(reader: JsonReader) -> AnnotationFormat | None:
    of_a_task, of_a_record = False, 0
    has_data = has_regions = False
    for key in reader.fields():
        following = reader.peek()
        of_a_task |= key in OF_A_TASK and following == "["
        of_a_record += key in OF_A_RECORD
        has_data |= key == "data" and following == "{"
        if following == "[" and key not in OF_A_TASK:
            has_regions |= _has_region(reader)
        else:
            reader.skip()
    if of_a_task and has_data:
        return AnnotationFormat.LABEL_STUDIO
    return AnnotationFormat.LABEL_STUDIO_MIN if of_a_record >= 2 or has_regions else None


def _has_region(reader: JsonReader) -> bool:
    found = False
    for number in reader.items():
        if number or reader.peek() != "{":
            reader.skip()
            continue
        value = reader.value()
        found = is_region(value) and any(key.endswith("labels") for key in value)
    return found
