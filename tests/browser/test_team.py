"""A photo that is left is free again at once; the pages of the audit and of the team can be read by everybody."""

from datetime import timedelta

from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, expect

from embedded.waiting import wait_until
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.builders.library import all_images
from tests.builders.runs import model_with_photos
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, LabelSource, LabelVersion, Role, User
from webapp.models.columns import now
from webapp.teamwork import assignments, open_photos


def test_a_photo_that_is_left_is_free_at_once(
    clean_app: OpenAPI, browser: Browser, administrator: User
) -> None:
    model = model_with_photos(administrator)
    image, another = all_images(model)[:2]
    another.labelled = False
    db.session.commit()
    other = users.create_user("wang@factory.test", PASSWORD, Role.ANNOTATOR, "Wang")
    address, image_id = f"/models/{model.id}/annotate?photo={image.id}", image.id
    redis = clean_app.extensions["redis"]
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        with page.expect_response("**/open"):
            page.goto(address)
        assert redis.get(f"open_photo:{image_id}") == str(administrator.id).encode()
        page.goto("/")
        wait_until(lambda: redis.get(f"open_photo:{image_id}") is None, "the photo is free")
        open_photos.claim(image, other)
        page.goto(address)
        expect(page.get_by_text("Wang is labelling this photo.")).to_be_visible()
        page.get_by_role("link", name="Another photo").click()
        expect(page.get_by_text("Wang is labelling this photo.")).to_be_hidden()


@EVERY_LOOK
def test_the_pages_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, look: Look
) -> None:
    model = model_with_photos(administrator, train=4)
    people = [
        users.create_user(f"p{number}@factory.test", PASSWORD, Role.ANNOTATOR, f"員工 {number}")
        for number in range(5)
    ]
    for place, image in enumerate(all_images(model)):
        moment = now() - timedelta(days=place)
        db.session.add(
            LabelVersion(
                **{"model_id": model.id, "image_id": image.id, "version": 9, "source": LabelSource.EDITOR},
                **{"user_id": people[place % 5].id, "created_at": moment, "saved_at": moment},
                **{"shapes": 3, "no_object": False},
            )
        )
        image.labelled = place % 2 == 0
    db.session.commit()
    assignments.share(model, [administrator, *people])
    for number in range(6):
        after = {"name": "螺絲", "thresholds": {f"類別 {n}": n / 10 for n in range(8)}}
        record(AuditAction.EDIT, kind=AuditKind.MODEL, name=f"a_very_long_name_{number}" * 8, after=after)
    db.session.commit()
    faults = []
    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        for path in (
            "/audit",
            "/audit?actor=nobody",
            f"/models/{model.id}/team",
            "/",
            f"/models/{model.id}/edit",
        ):
            page.goto(path)
            if path.endswith("/team"):
                expect(page.locator(".apexcharts-series").first).to_be_attached()
            if path.endswith("/edit"):
                page.locator("details.fold > summary").last.click()
                expect(page.locator(".record")).to_be_visible()
            faults += faults_in(page, f"team{path.replace('/', '-').partition('?')[0]}-{look}")
    assert faults == []
