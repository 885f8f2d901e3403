"""The figures of a model's labelled training photos that its default parameters follow from."""

from sqlalchemy import text

from webapp.contracts.training_defaults import DataFacts, facts_from
from webapp.core.extensions import db
from webapp.models import DetectionModel

SAMPLE = 5_000
"""Objects, and photos, that are looked at: with more the figures hardly change, and the page waits."""

_PHOTOS = text("""
SELECT f.width, f.height FROM image i JOIN image_file f ON f.sha256 = i.sha256
WHERE i.model_id = :model AND i.split = 'train' AND i.labelled ORDER BY i.id LIMIT :sample
""")
_COUNT = text("SELECT count(*) FROM image WHERE model_id = :model AND split = 'train' AND labelled")
_OBJECTS = text("""
SELECT sqrt(greatest(0, (a.bbox->>2)::float8 * (a.bbox->>3)::float8))
FROM image i JOIN annotation a ON a.image_id = i.id
WHERE i.model_id = :model AND i.split = 'train' AND i.labelled AND NOT a.iscrowd ORDER BY i.id LIMIT :sample
""")


def of_model(model: DetectionModel) -> DataFacts:
    """Of the photos that a training of this model would see now."""
    asked = {"model": model.id, "sample": SAMPLE}
    photos = db.session.execute(_COUNT, {"model": model.id}).scalar_one()
    sizes = [(row.width, row.height) for row in db.session.execute(_PHOTOS, asked)]
    sides = list(db.session.execute(_OBJECTS, asked).scalars())
    return facts_from(photos, sizes, sides)
