"""A photo as a machine on the line sends it."""

import io
from contextvars import Context

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def send(
    api: FlaskClient, model_id: int, data: bytes, query: str = "", name: str = "part.jpg"
) -> TestResponse:
    form = {"file": (io.BytesIO(data), name)}
    return Context().run(api.post, f"/api/v1/models/{model_id}/predict{query}", data=form)
