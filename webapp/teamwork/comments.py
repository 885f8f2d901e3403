"""What people say to each other about places on photos: comments with answers, open or resolved."""

from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_lines
from webapp.models import AuditAction, Comment, Image, User

MAX_LENGTH = 1000
MOST_ON_A_PHOTO = 500


@dataclass
class Thread:
    """A comment with its answers, the earliest first."""

    comment: Comment
    answers: list[Comment] = field(default_factory=list)


def of_image(image: Image) -> list[Thread]:
    """The comments of a photo in their order; those that are open first."""
    rows = db.session.scalars(
        select(Comment)
        .where(Comment.image_id == image.id)
        .options(joinedload(Comment.user))
        .order_by(Comment.id)
    ).all()
    threads = {row.id: Thread(row) for row in rows if row.answer_to is None}
    for row in rows:
        if row.answer_to in threads:
            threads[row.answer_to].answers.append(row)
    return sorted(threads.values(), key=lambda thread: thread.comment.resolved)


def add(image: Image, user: User, text: str, x: float | None, y: float | None) -> Comment:
    """A comment on the place (x, y) in pixels. Commits. Raises UserError (422): no text, no place, too many."""
    if x is None or y is None or not (0 <= x <= image.width and 0 <= y <= image.height):
        raise UserError(_("Press the place on the photo first."), code="place_missing", field="text")
    return _store(image, user, text, x, y, None)


def answer(image: Image, user: User, text: str, comment_id: int) -> Comment:
    """An answer to a comment, which is open again by it. Commits. Raises UserError: 404, 422 without a text."""
    answered = _open(image, comment_id)
    answered.resolved = False
    return _store(image, user, text, answered.x, answered.y, answered.id)


def set_resolved(image: Image, comment_id: int, resolved: bool) -> None:
    """Say that a comment is settled, or open again. Commits. Raises UserError (404)."""
    comment = _open(image, comment_id)
    if comment.resolved != resolved:
        record(
            AuditAction.EDIT,
            image,
            before={"resolved": comment.resolved},
            after={"resolved": resolved, "comment": comment.id},
        )
        comment.resolved = resolved
    db.session.commit()


def _store(image: Image, user: User, text: str, x: float, y: float, answer_to: int | None) -> Comment:
    text = clean_lines(text)
    if not 0 < len(text) <= MAX_LENGTH:
        raise UserError(
            _("Write what is to be said, in at most %(count)s characters.", count=MAX_LENGTH),
            code="text_missing",
            field="text",
        )
    there = select(Comment.id).where(Comment.image_id == image.id).limit(MOST_ON_A_PHOTO)
    if len(db.session.scalars(there).all()) >= MOST_ON_A_PHOTO:
        raise UserError(
            _("A photo holds at most %(count)s comments.", count=MOST_ON_A_PHOTO),
            code="too_many",
            field="text",
        )
    comment = Comment(
        model_id=image.model_id,
        image_id=image.id,
        answer_to=answer_to,
        x=x,
        y=y,
        text=text,
        resolved=False,
        user_id=user.id,
    )
    db.session.add(comment)
    record(AuditAction.EDIT, image, after={"comment": text, "x": round(x, 1), "y": round(y, 1)})
    db.session.commit()
    return comment


def _open(image: Image, comment_id: int) -> Comment:
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.image_id != image.id or comment.answer_to is not None:
        raise UserError(_("This comment is not there any more."), code="not_found", status=404)
    return comment
