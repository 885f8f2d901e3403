"""Imports of annotation files, with or without their photos."""

from flask import Response
from pydantic import BaseModel, Field

from webapp.api.access import api_blueprint, caller, requires
from webapp.api.images import SplitChoice
from webapp.api.models import ModelPath
from webapp.api.problems import PREFIX, problem_responses
from webapp.api.replies import reply, request_body
from webapp.api.uploads import uploads
from webapp.api.validation import Time, options
from webapp.models import ImportReport, Role
from webapp.services import annotation_findings, annotation_import, detection_models
from webapp.services.import_reports import open_report

blueprint = api_blueprint("imports", "Annotation files with or without their photos.")


class ImportPath(BaseModel):
    """An import in the address."""

    import_id: int


class ImportChoice(SplitChoice):
    """Where the photos go, and whether it is a preview."""

    dry_run: bool = Field(default=False, description="Preview: report what would happen and change nothing.")


class ImportForm(ImportChoice):
    """COCO JSON files and photos; the other fields may stand in the address instead."""

    annotations: list[bytes] = Field(default=[], description="COCO JSON.")
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

    id: int | None = Field(description="Null in a preview, which is not kept.")
    status: str = Field(description="`completed` or `preview`.")
    images: int = Field(description="Photos added; in a preview without photos those the file speaks of.")
    annotations: int
    categories: list[str]
    fixed: list[Line]
    skipped: list[Line]
    created_at: Time | None

    @classmethod
    def of(cls, report: ImportReport) -> "Report":
        """From the database, in the caller's language."""
        return cls(
            id=report.id,
            status=report.status,
            created_at=report.created_at,
            **annotation_findings.in_words(report.report),
        )


@blueprint.post(
    "/models/<id:model_id>/imports",
    responses={201: Report, **problem_responses(404, 413)},
    openapi_extensions=request_body("Annotation files, photos, or both.", multipart=ImportForm),
)
@requires(Role.ANNOTATOR)
def create_import(path: ModelPath, query: ImportChoice) -> Response:
    """Import COCO files. What is good is taken, what can be repaired is, and the rest is in the report.

    A photo that has labels keeps them. 422 where nothing of what was sent can be used.
    """
    model = detection_models.open_model(path.model_id)
    chosen = options(ImportChoice)
    report = annotation_import.import_annotations(
        model, chosen.split, uploads("annotations"), uploads("files"), caller(), chosen.dry_run
    )
    response = reply(Report.of(report), 201)
    if report.id is not None:
        response.headers["Location"] = f"{PREFIX}/imports/{report.id}"
    return response


@blueprint.get("/imports/<id:import_id>", responses={200: Report, **problem_responses(404)})
@requires(Role.VIEWER)
def get_import(path: ImportPath) -> Response:
    """The report of an import."""
    return reply(Report.of(open_report(path.import_id)))
