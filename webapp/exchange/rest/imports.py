"""Imports of annotation files, with or without their photos."""

from flask import Response
from pydantic import BaseModel, Field

from webapp.exchange.imports import data_imports, single_request
from webapp.exchange.imports import findings as import_findings
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports.choices import Conflict, ImportChoices
from webapp.exchange.imports.single_request import ImportResult
from webapp.models import DataImport, Role
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import reply, request_body
from webapp.rest.uploads import SplitChoice, uploads
from webapp.rest.validation import Time, options

blueprint = api_blueprint("imports", "Annotation files with or without their photos.")
NOTHING = {"images": 0, "annotations": 0, "categories": [], "fixed": [], "skipped": []}


class ImportPath(BaseModel):
    """An import in the address."""

    import_id: int


class ImportChoice(SplitChoice):
    """Where the photos go, what happens to labels that are there, and whether it is a preview."""

    dry_run: bool = Field(default=False, description="Preview: report what would happen and change nothing.")
    conflicts: Conflict = Field(
        default=Conflict.KEEP,
        description="Photos that have labels: `keep` those, `merge` the shapes of the file in, or `replace` them.",
    )


class ImportForm(ImportChoice):
    """Annotation files and photos; the other fields may stand in the address instead."""

    annotations: list[bytes] = Field(
        default=[],
        description="COCO, VIA (JSON or CSV) or labelme, found out by content; or zips of these and photos.",
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
    return {name: report[name] for name in NOTHING}


@blueprint.post(
    "/models/<id:model_id>/imports",
    responses={201: Report, 202: Report, **problem_responses(404, 413)},
    openapi_extensions=request_body("Annotation files, photos, or both.", multipart=ImportForm),
)
@requires(Role.ANNOTATOR)
def create_import(path: ModelPath, query: ImportChoice) -> Response:
    """Import annotations and photos. What is good is taken, what can be repaired is, and the rest is in the report.

    The format is found out by content. Small imports answer 201 with the report; large ones 202, and the report is
    at `Location` when `status` says `completed` (or `preview`). A photo that has labels keeps them, unless
    `conflicts` says otherwise. 422 where nothing of what was sent can be used.
    """
    model = detection_models.open_model(path.model_id)
    chosen = options(ImportChoice)
    result = single_request.import_annotations(
        model,
        chosen.split,
        uploads("annotations"),
        uploads("files"),
        caller(),
        chosen.dry_run,
        ImportChoices(conflicts=chosen.conflicts),
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
