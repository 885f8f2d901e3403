"""Converts the engine's evaluation into the form that pages draw."""

from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.evaluation.shape_outlines import outlines
from webapp.training.evaluations import EvaluatedShape, EvaluatedShapes, NewEvaluatedImage


def new_evaluated_image(photo: MatchedImage) -> NewEvaluatedImage:
    """Detections in a crowd are left out: they are neither right nor wrong."""
    objects = [
        # After the comparison the label's segmentation is run lengths, whatever it was drawn as.
        EvaluatedShape(each.category, each.found_score, True, outlines(each.annotation["segmentation"]))
        for each in photo.objects
    ]
    detections = [
        EvaluatedShape(each.category, each.found.score, each.right, outlines(each.found.segmentation))
        for each in photo.detections
        if not each.ignored
    ]
    image = photo.image
    return NewEvaluatedImage(
        image["file_name"],
        image["sha256"],
        image["width"],
        image["height"],
        EvaluatedShapes(objects, detections),
    )
