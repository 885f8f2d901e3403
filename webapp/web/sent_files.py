"""The files of a request: of a posted form, or one as the whole body."""

import shutil
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from flask import request

from webapp.images.intake import Upload

IN_MEMORY = 4 * 2**20
"""Bytes; larger bodies are spooled to disk, as Werkzeug does with form files."""


def uploads(field: str) -> list[Upload]:
    """The files of this field; an empty file input, which browsers send too, is none.

    A request with ``?filename=`` that is not a form is the file itself, as the drop zone sends it: parsing a
    multipart body costs more than everything else that is done with a small photo.
    """
    if request.mimetype != "multipart/form-data" and request.args.get("filename"):
        body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (who asked for it reads it; it closes itself)
        shutil.copyfileobj(request.stream, body)
        body.seek(0)
        return [Upload(request.args["filename"], cast(BinaryIO, body))]
    return [
        Upload(file.filename, cast(BinaryIO, file.stream))
        for file in request.files.getlist(field)
        if file.filename
    ]
