"""The same action needs the same role by a page and by REST: who is refused at one door is not let in by the other."""

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders.runs import finished_training, model_with_photos, sign_in
from webapp.core.extensions import db
from webapp.models import LibraryKind, LibraryRun, Role, RunStatus, User
from webapp.projects import detection_models
from webapp.web.guards import WITHOUT_ROLE

PAGES_OF = {
    "add_images": {"images.add"},
    "update_image": {"photo_actions.move"},
    "delete_image": {"photo_actions.delete"},
    "put_annotations": {"photo_labels.save", "photo_labels.restore"},
    "decide_label_mistake": {"label_mistakes.decide"},
    "create_import": {"imports.receive", "imports.create", "imports.read", "imports.carry_out"},
    "create_model": {"models.create"},
    "update_model": {"models.edit"},
    "delete_model": {"model_trash.delete"},
    "put_picture": {"models.edit"},
    "update_settings": {"predict.save_detection_settings", "value_range.save", "teamwork.set_review"},
    "put_training_defaults": {"training.save_defaults", "training.restore_defaults"},
    "start_training": {"training.start"},
    "resume_training": {"training.resume"},
    "stop_training": {"training.stop"},
    "upload_weights": {"predict.upload_weights"},
    "put_weights_in_use": {"training.use_weights"},
    "replace_verdict_rules": {"predict.add_rule", "predict.delete_rule"},
    "start_prediction": {"predict.start", "predict.upload"},
    "predict_photo": {"predict.start", "predict.upload"},
    "stop_prediction": {"predict.stop"},
    "delete_prediction": {"predict.delete"},
    "export_labels": {"exports.labels", "exports.file"},
    "get_weights": {"training.weights"},
    "prediction_results_zip": {"predict.zip"},
    "list_detections": {"predict.csv", "predict.coco"},
    "get_annotations": {"photo_labels.read"},
    "list_images": {"images.index"},
    "image_file": {"files.photo", "files.tile"},
    "image_thumbnail": {"files.thumbnail"},
    "list_losses": {"training.losses", "training.losses_csv"},
    "get_members": {"members.index"},
    "put_members": {"members.set_access", "members.add", "members.set_role", "members.remove"},
    "list_users": {"users.index"},
    "list_assignments": {"teamwork.index"},
    "assign_images": {"teamwork.share", "photo_actions.assign"},
    "list_audit": {"audit.index", "audit.csv"},
    "get_user": {"users.show"},
    "create_user": {"users.create", "users.create_many"},
    "create_backup": {"system.back_up"},
    "update_user": {"users.change", "users.set_active"},
}
"""Views of pages by the call of REST that does the same."""
ONLY_BY_REST: set[str] = set()
"""Calls that change something and that no page has."""


def calls(app: OpenAPI) -> dict[str, tuple[str, str]]:
    """Method and role by name."""
    document = app.extensions["openapi_document"]
    return {
        operation["operationId"]: (method, operation["x-required-role"])
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if "x-required-role" in operation
    }


def test_both_doors_ask_for_the_same_role(app: OpenAPI) -> None:
    roles = calls(app)
    differing = [
        f"{name} needs {roles[name][1]}, {page} {app.view_functions[page].required_role}"  # type: ignore[attr-defined]
        for name, pages in PAGES_OF.items()
        for page in pages
        if app.view_functions[page].required_role != roles[name][1]  # type: ignore[attr-defined]
    ]
    assert differing == []


def test_every_call_that_changes_something_is_compared(app: OpenAPI) -> None:
    changing = {name for name, (method, _role) in calls(app).items() if method != "get"}
    assert changing - PAGES_OF.keys() - ONLY_BY_REST == set()


def test_every_page_behind_the_sign_in_says_its_role(app: OpenAPI) -> None:
    silent = {name for name, view in app.view_functions.items() if not hasattr(view, "required_role")}
    assert silent == WITHOUT_ROLE.keys()


def test_annotators_upload_no_weights_and_are_not_asked_to(client: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    finished_training(model, administrator)
    assert "weights-upload" in client.get(f"/models/{model.id}/predict").text
    sign_in(client, Role.ANNOTATOR)
    assert client.post(f"/models/{model.id}/predict/weights").status_code == 403
    page = client.get(f"/models/{model.id}/predict").text
    assert "photos-upload" in page and "weights-upload" not in page


def test_annotators_do_not_stop_the_copy_of_a_model(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    runs = [
        LibraryRun(model_id=model.id, kind=kind, status=RunStatus.RUNNING, parameters={})
        for kind in (LibraryKind.COPY, LibraryKind.MOVE)
    ]
    db.session.add_all(runs)
    db.session.commit()
    sign_in(client, Role.ANNOTATOR)
    assert [client.post(f"/library-runs/{run.id}/stop").status_code for run in runs] == [403, 302]
