"""The files of a multipart request."""

from typing import BinaryIO, cast

from flask import request
from flask_babel import gettext as _
from pydantic import BaseModel, Field
from werkzeug.datastructures import FileStorage

from webapp.core.errors import UserError
from webapp.images.intake import Upload
from webapp.models import Split


class Rejected(BaseModel):
    """A file that was refused."""

    filename: str
    reason: str = Field(description="In the caller's language.")
    code: str


class Remark(BaseModel):
    """What is to be known of a photo that was taken."""

    filename: str
    remark: str = Field(description="In the caller's language.")
    code: str


class SplitChoice(BaseModel):
    """The split for the photos."""

    split: Split = Field(default=Split.TRAIN)


def uploads(field: str) -> list[Upload]:
    """The files of this form field; an empty file input, which browsers send too, is none."""
    return [_upload(file) for file in request.files.getlist(field) if file.filename]


def one_upload(field: str) -> Upload:
    """The file of this field, or the only file, however its field is called. Raises UserError."""
    named = uploads(field)
    every = [_upload(file) for _name, file in request.files.items(multi=True) if file.filename]
    if named or len(every) == 1:
        return (named or every)[0]
    raise UserError(
        _("Send the file in the multipart field “%(field)s”.", field=field), code="file_missing", field=field
    )


def some_uploads(field: str) -> list[Upload]:
    """As ``uploads``. Raises UserError where there is none."""
    found = uploads(field)
    if not found:
        raise UserError(
            _("Send the files in the multipart field “%(field)s”.", field=field),
            code="file_missing",
            field=field,
        )
    return found


def _upload(file: FileStorage) -> Upload:
    return Upload(file.filename or "", cast(BinaryIO, file.stream))
