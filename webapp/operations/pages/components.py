"""All components of the pages in all their states, for developers: 404 where ``DEVELOPER_PAGES`` is not set."""

from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, render_template

from webapp.models import Role, RunStatus
from webapp.web.guards import requires

blueprint = Blueprint("components", __name__)

NAME_OF_60 = "滾珠螺桿_左側內循環_AX12-2026-11-30_CNC3_second_shift_camera_0001.jpg"
LARGE_COUNT = 1_234_567
SAMPLE_MOMENT = datetime(2026, 11, 30, 8, 15, tzinfo=UTC)


@blueprint.get("/components")
@requires(Role.VIEWER)
def index() -> str:
    """As docs/interface.md describes them, with long names and large numbers."""
    if not current_app.extensions["settings"].developer_pages:
        abort(404)
    return render_template(
        "operations/components/index.html",
        long_name=NAME_OF_60,
        large=LARGE_COUNT,
        statuses=list(RunStatus),
        moment=SAMPLE_MOMENT,
        pager_address="#page-{}".format,
    )
