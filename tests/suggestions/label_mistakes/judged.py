"""Photos with four objects each, judged by the folds of a training; on six of them one label is wrong."""

import io
from dataclasses import dataclass

from PIL import Image as Picture
from PIL import ImageDraw

from tests.builders.runs import running_training
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.formats.found_object import FoundObject
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.formats.masks.rle import polygons_to_rle, rle_area, rle_bbox
from webapp.formats.masks.segmentation import Polygon
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, LabelSource, RunStatus, Split, TrainingRun, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.training import runs as training_runs
from webapp.training.cross_validation import out_of_fold

SIZE = (320, 240)
PHOTOS = 16
"""With a tenth as many entries as labels each mistake has its own."""
SCORE = 0.97
PLACES = {"fig": [(30.0, 30.0), (200.0, 130.0)], "date": [(190.0, 40.0), (50.0, 140.0)]}
"""Upper left corners of the objects, squares of ``SIDE`` pixels."""
SIDE = 60.0
COLORS = {"fig": "#5b3a6e", "date": "#8a5a2b"}
WRONG = {kind: number for number, kind in enumerate(MistakeKind)}
"""On which photo which mistake is; on the others there is none."""


@dataclass(frozen=True)
class Judged:
    """A model, its training, and its photos by number."""

    model: DetectionModel
    run: TrainingRun
    images: list[Image]

    def with_mistake(self, kind: MistakeKind) -> Image:
        """The photo on which it was made."""
        return self.images[WRONG[kind]]


def square(x: float, y: float, side: float = SIDE, width: float | None = None) -> Polygon:
    """As a polygon, or a rectangle of this width."""
    right = x + (width or side)
    return [x, y, right, y, right, y + side, x, y + side]


def shape(category: str, polygon: Polygon) -> ParsedShape:
    """A label."""
    return make_shape(category, [polygon])


def found(category: str, polygon: Polygon, score: float = SCORE) -> FoundObject:
    """A detection."""
    mask = polygons_to_rle([polygon], *SIZE)
    return FoundObject(category, score, rle_bbox(mask), float(rle_area(mask)), mask)


def truth() -> list[tuple[str, Polygon]]:
    """What each photo shows."""
    return [(category, square(x, y)) for category, places in PLACES.items() for x, y in places]


def labels_of(number: int) -> list[ParsedShape]:
    """What somebody has labelled on the photo with this number."""
    right = [shape(category, polygon) for category, polygon in truth()]
    kind = next((kind for kind, photo in WRONG.items() if photo == number), None)
    _first, second, *rest = right
    match kind:
        case MistakeKind.MISSING:
            return right[1:]
        case MistakeKind.WRONG_CATEGORY:
            return [shape("date", square(30, 30)), second, *rest]
        case MistakeKind.SHIFTED:
            return [shape("fig", square(60, 52)), second, *rest]
        case MistakeKind.MERGED:
            return [shape("fig", square(30, 30, 160, 230)), *rest]
        case MistakeKind.DOUBLED:
            return [*right, shape("fig", square(33, 32))]
        case MistakeKind.SPURIOUS:
            return [*right, shape("date", square(125, 80, 40))]
    return right


def picture(number: int) -> bytes:
    """The photo: objects on a table, each photo a little lighter than the one before."""
    drawn = Picture.new("RGB", SIZE, (150 + 4 * number, 160 + 4 * number, 165 + 4 * number))
    pen = ImageDraw.Draw(drawn)
    for category, places in PLACES.items():
        for x, y in places:
            pen.rectangle((x, y, x + SIDE, y + SIDE), fill=COLORS[category])
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def judged_model(user: User, name: str = "Fruits") -> Judged:
    """Labelled, trained, and judged: the networks of the folds found everything as it is."""
    model = detection_models.create_model(name, "", user)
    uploads = [Upload(f"table_{number}.png", io.BytesIO(picture(number))) for number in range(PHOTOS)]
    images = image_intake.add_images(model, Split.TRAIN, uploads).created
    labels = [ImageAnnotations(image.id, labels_of(number)) for number, image in enumerate(images)]
    annotation_store.write(model, labels, source=LabelSource.IMPORT, user=user)
    db.session.commit()
    run = judge(model, user, images)
    return Judged(model, run, images)


def judge(model: DetectionModel, user: User, images: list[Image]) -> TrainingRun:
    """Another training whose folds find everything as it is."""
    run = running_training(model, user)
    run.parameters = run.parameters | {"folds": 2}
    out_of_fold.plan(run.id, {image.sha256: 1 + number % 2 for number, image in enumerate(images)})
    db.session.commit()
    for fold in (1, 2):
        of_fold = [image for number, image in enumerate(images) if 1 + number % 2 == fold]
        seen = {image.sha256: [found(*each) for each in truth()] for image in of_fold}
        out_of_fold.store(run.id, fold, seen, {}, objects=4 * len(of_fold))
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    db.session.refresh(run)
    return run
