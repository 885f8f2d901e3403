"""Imports of annotation files, with or without their photos."""

from enum import StrEnum
from typing import Annotated, Literal

from flask import Response
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.exchange.imports import data_imports, single_request
from webapp.exchange.imports import findings as import_findings
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports.choices import (
    LAST,
    LEAVE_OUT,
    Conflict,
    Doubles,
    ImportChoices,
    line_width,
    read_options,
)
from webapp.exchange.imports.single_request import ImportResult
from webapp.formats.annotations.options import DEFAULT_OPTIONS, QuestionName
from webapp.models import DataImport, Role, Split
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import reply, request_body
from webapp.rest.uploads import uploads
from webapp.rest.validation import Text, Time, options

blueprint = api_blueprint("imports", "Annotation files with or without their photos.")
NOTHING = {
    "images": 0,
    "annotations": 0,
    "categories": [],
    "fixed": [],
    "skipped": [],
    "questions": [],
    "splits": {},
}


class ImportPath(BaseModel):
    """An import in the address."""

    import_id: int


class SplitSource(StrEnum):
    """Where the split of new photos comes from: the folders, or one for all."""

    FOLDERS = "folders"
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def _checked_width(answer: str) -> str:
    try:
        line_width(answer)
    except UserError as error:
        raise PydanticCustomError("line_width", "must be a width in pixels or leave_out") from error
    return answer


class ImportChoice(BaseModel):
    """Where the photos go, the answers to the questions of a preview, and whether it is one.

    A preview (`dry_run`) names in `questions` those that matter for the files.
    """

    split: SplitSource = Field(
        default=SplitSource.FOLDERS,
        description="`folders`: as folders such as `train`, `valid` and `test` or an export of this product say, "
        "`train` where nothing does; otherwise all new photos go there.",
    )
    dry_run: bool = Field(default=False, description="Preview: report what would happen and change nothing.")
    conflicts: Conflict = Field(
        default=Conflict.KEEP,
        description="Photos that have labels: `keep` those, `merge` the shapes of the file in, or `replace` them.",
    )
    doubles: Doubles = Field(
        default=Doubles.BOTH,
        description="Which labels count where one photo comes with several sets that differ (under two names, or in "
        "two files): the `first`, the `second` (the last), or `both`, each shape once.",
    )
    empty: Literal["no_object", "unlabelled"] = Field(
        default=DEFAULT_OPTIONS.empty, description="What photos are that are listed without shapes."
    )
    crowd: Literal["crowd", "object"] | None = Field(
        default=None,
        description="What COCO's `iscrowd` marks; by default objects where all masks of a file are, else crowds.",
    )
    lines: Annotated[str, AfterValidator(_checked_width)] = Field(
        default=LEAVE_OUT,
        description="Width in pixels (above 0, up to 1000) of the area that an open line becomes, or `leave_out`.",
    )
    orientation: Literal["upright", "raw"] | None = Field(
        default=None,
        description="How coordinates lie on photos that EXIF turns; by default as sizes and points suggest.",
    )
    annotator: Text = Field(
        default=LAST,
        max_length=200,
        description="Whose labels count on photos that several people labelled, or `last`.",
    )

    def choices(self) -> ImportChoices:
        """For the import; None as split leaves it to the folders."""
        answers: dict[str, str] = {
            name.value: value for name in QuestionName if (value := getattr(self, name.value)) is not None
        }
        return ImportChoices(
            conflicts=self.conflicts,
            doubles=self.doubles,
            split=None if self.split is SplitSource.FOLDERS else Split(self.split),
            reading=read_options(answers),
        )


class ImportForm(ImportChoice):
    """Annotation files and photos; the other fields may stand in the address instead."""

    annotations: list[bytes] = Field(
        default=[],
        description="COCO, CVAT, Label Studio, VIA (JSON or CSV), Pascal VOC or labelme, found out by content; "
        "or zips or tars of these and photos.",
    )
    files: list[bytes] = Field(
        default=[], description="The photos they speak of; those added earlier need not come."
    )


class Line(BaseModel):
    """One kind of thing that was repaired or skipped."""

    what: str = Field(description="In the caller's language.")
    code: str
    count: int
    examples: list[str]


class Asked(BaseModel):
    """An option that matters for these files."""

    name: str = Field(description="The option of this call: `conflicts`, `doubles`, `empty`, `crowd`, ….")
    default: str | None = Field(description="Null where each file is read as it suggests.")
    answer: str | None = Field(description="What this report holds for.")
    count: int = Field(description="Photos or labels that the answer changes.")
    examples: list[str]
    choices: list[str] = Field(description="Of `lines` any width in pixels is one.")


class Report(BaseModel):
    """What an import took, repaired and skipped."""

    id: int | None = Field(description="Null in a small preview, which is not kept.")
    status: str = Field(
        description="`completed` or `preview`; `queued` or `running` while a large one is at work; `failed`, `stopped`."
    )
    images: int = Field(description="Photos added; in a preview without photos those the file speaks of.")
    annotations: int
    categories: list[str]
    fixed: list[Line]
    skipped: list[Line]
    questions: list[Asked] = Field(description="In a preview: the options that matter for these files.")
    splits: dict[Split, int] = Field(description="In a preview: the new photos by the split that they go to.")
    error: str | None = Field(default=None, description="Why it failed, in the caller's language.")
    created_at: Time | None

    @classmethod
    def of(cls, data_import: DataImport) -> "Report":
        """From the database, in the caller's language."""
        report = data_import.report or (data_import.preview or {}).get("report") or NOTHING
        return cls(
            id=data_import.id,
            status=import_runs.status_of(data_import),
            created_at=data_import.created_at,
            error=import_runs.error_of(data_import),
            **import_findings.in_words(_contract(report)),
        )

    @classmethod
    def of_result(cls, result: ImportResult) -> "Report":
        """Of an import that was just sent."""
        if result.data_import is not None:
            return cls.of(result.data_import)
        words = import_findings.in_words(_contract(result.report or NOTHING))
        return cls(id=None, status="preview", created_at=None, **words)


def _contract(report: dict[str, object]) -> dict[str, object]:
    return {name: report.get(name, nothing) for name, nothing in NOTHING.items()}


@blueprint.post(
    "/models/<id:model_id>/imports",
    responses={201: Report, 202: Report, **problem_responses(404, 413)},
    openapi_extensions=request_body("Annotation files, photos, or both.", multipart=ImportForm),
)
@requires(Role.ANNOTATOR)
@needs_room
def create_import(path: ModelPath, query: ImportChoice) -> Response:
    """Import annotations and photos. What is good is taken, what can be repaired is, and the rest is in the report.

    The format is found out by content. Small imports answer 201 with the report; large ones 202, and the report is
    at `Location` when `status` says `completed` (or `preview`). What a file cannot say is an option with a default;
    a preview names those that matter in `questions`. 422 where nothing of what was sent can be used.
    """
    model = detection_models.open_model(path.model_id)
    chosen = options(ImportChoice)
    result = single_request.import_annotations(
        model,
        Split.TRAIN,
        uploads("annotations"),
        uploads("files"),
        caller(),
        chosen.dry_run,
        chosen.choices(),
    )
    report = Report.of_result(result)
    response = reply(report, 202 if report.status in ("queued", "running") else 201)
    if report.id is not None:
        response.headers["Location"] = f"{PREFIX}/imports/{report.id}"
    return response


@blueprint.get("/imports/<id:import_id>", responses={200: Report, **problem_responses(404)})
@requires(Role.VIEWER)
def get_import(path: ImportPath) -> Response:
    """The report of an import; while it is at work its state."""
    return reply(Report.of(data_imports.open_import(path.import_id)))
