"""A model to try the product with: five photos of fruits and nuts with their labels.

The photos are those of ``fruits_nuts`` (MIT, see ``example_photos/LICENSE``), stored smaller.
"""

from pathlib import Path

from flask_babel import gettext as _

from webapp.core.extensions import db
from webapp.exchange.imports import single_request
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Split, User
from webapp.projects import detection_models, pictures
from webapp.training import runs

PHOTOS = Path(__file__).parent / "example_photos"
PICTURE = PHOTOS / "train" / "1.jpg"
"""On the model's card."""
MINUTES = 2
"""Enough to see something found; the time that the form offers first."""


def create(user: User | None) -> DetectionModel:
    """The model with its labelled photos in all three splits, and a training time of two minutes."""
    name = _free_name(_("Example: fruits and nuts"))
    with PICTURE.open("rb") as photo:
        picture = pictures.store_picture(Upload(PICTURE.name, photo))
    model = detection_models.create_model(
        name, _("Five photos to try everything with. It can be thrown away at any time."), user, picture
    )
    model.example = True
    db.session.commit()
    for split in Split:
        folder = PHOTOS / split.value
        photos = [Upload(file.name, file.open("rb")) for file in sorted(folder.glob("*.jpg"))]
        labels = Upload("labels.json", (folder / "labels.json").open("rb"))
        single_request.import_annotations(model, split, [labels], photos, user)
    runs.save_defaults(model, {"time_budget_minutes": MINUTES})
    return model


def _free_name(name: str) -> str:
    taken = detection_models.taken_names()
    numbered = (f"{name} ({number})" for number in range(2, len(taken) + 3))
    return name if name.lower() not in taken else next(one for one in numbered if one.lower() not in taken)
