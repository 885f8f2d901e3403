"""The review of a photo's labels: reviewed, or rejected with a note."""

from flask_babel import gettext as _
from sqlalchemy import update

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, Image, Review

MAX_NOTE_LENGTH = 1000


def set_review(image: Image, review: Review, note: str = "") -> None:
    """Set the review, or reset it with ``OPEN``. Commits.

    Raises UserError: 409 if the photo has no labels (any more); 422 beside ``note`` if a rejection has no
    reason.
    """
    note = note.strip() if review is Review.REJECTED else ""
    if review is Review.REJECTED and not 0 < len(note) <= MAX_NOTE_LENGTH:
        raise UserError(
            _("Say in some words what is wrong with the labels, so that it can be corrected."),
            code="note_missing",
            field="note",
        )
    allowed = Image.review != Review.OPEN if review is Review.OPEN else Image.labelled
    changed = db.session.execute(
        update(Image)
        .where(Image.id == image.id, allowed)
        .values(review=review, review_note=note)
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is not None:
        before = {"review": image.review, "review_note": image.review_note}
        record(AuditAction.REVIEW, image, before=before, after={"review": review, "review_note": note})
    db.session.commit()
    db.session.refresh(image)
    if review is not Review.OPEN and changed is None:
        raise UserError(
            _("This photo has no labels yet: label it first, then say what you think of them."),
            code="not_labelled",
            status=409,
        )
