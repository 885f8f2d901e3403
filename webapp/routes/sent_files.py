"""The files of a posted form."""

from typing import BinaryIO, cast

from flask import request

from webapp.services.photos import Upload


def uploads(field: str) -> list[Upload]:
    """The files of this field; an empty file input, which browsers send too, is none."""
    return [
        Upload(file.filename, cast(BinaryIO, file.stream))
        for file in request.files.getlist(field)
        if file.filename
    ]
