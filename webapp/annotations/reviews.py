"""The review of a photo's labels: reviewed, or rejected with a note."""

from flask_babel import gettext as _
from sqlalchemy import select, update

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_lines
from webapp.models import AuditAction, DetectionModel, Image, LabelVersion, Review, User

MAX_NOTE_LENGTH = 1000


def set_review(image: Image, review: Review, note: str = "", *, by: User | None) -> None:
    """Set the review, or reset it with ``OPEN``. Commits.

    Raises UserError: 409 if the photo has no labels (any more), or where ``by`` made the labels and the model wants
    somebody else; 422 beside ``note`` if a rejection has no reason.
    """
    note = clean_lines(note) if review is Review.REJECTED else ""
    if review is Review.REJECTED and not 0 < len(note) <= MAX_NOTE_LENGTH:
        raise UserError(
            _("Say in some words what is wrong with the labels, so that it can be corrected."),
            code="note_missing",
            field="note",
        )
    if review is not Review.OPEN:
        _check_somebody_else(image, by)
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


def set_by_others(model: DetectionModel, by_others: bool) -> None:
    """Whether labels are reviewed by somebody else than who made them. Commits."""
    model.review_by_others = by_others
    record(AuditAction.CHANGE_RULES, model)
    db.session.commit()


def _check_somebody_else(image: Image, user: User | None) -> None:
    """The labels are of whoever saved them last: who corrects a photo lets another person look at it again."""
    model = db.session.get_one(DetectionModel, image.model_id)
    if not model.review_by_others or user is None:
        return
    # Held until the commit: nobody saves labels in between.
    db.session.scalar(select(Image.id).where(Image.id == image.id).with_for_update(of=Image))
    newest = select(LabelVersion.user_id).where(LabelVersion.image_id == image.id)
    if db.session.scalar(newest.order_by(LabelVersion.version.desc()).limit(1)) == user.id:
        raise UserError(
            _("You made these labels yourself: in this model somebody else reviews them."),
            code="own_labels",
            status=409,
        )
