"""Photos that were sent before a prediction is started."""

import io

from flask_openapi3 import OpenAPI

from tests.builders import runs
from webapp.images.intake import Upload
from webapp.models import User
from webapp.prediction import uploads


def test_they_are_in_the_order_of_their_names_whichever_came_first(
    clean_app: OpenAPI, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    batch = uploads.new_batch()
    for number in (10, 2, 1):
        photo = io.BytesIO(runs.photo_file(number))
        uploads.add(model, administrator, batch, Upload(f"screw {number}.jpg", photo))
    found = [photo.filename for photo in uploads.listed(model, administrator, batch)]
    assert found == ["screw 1.jpg", "screw 2.jpg", "screw 10.jpg"]
