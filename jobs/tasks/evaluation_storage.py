"""Turns what the engine's test found into what the pages draw."""

from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.evaluation.shape_outlines import outlines
from webapp.training.evaluations import EvaluatedShapes, NewPhoto, Shape


def new_photo(photo: MatchedImage) -> NewPhoto:
    """Detections in a crowd are left out: they are neither right nor wrong."""
    objects = [
        # After the comparison the label's segmentation is run lengths, whatever it was drawn as.
        Shape(each.category, each.found_score, True, outlines(each.annotation["segmentation"]))
        for each in photo.objects
    ]
    detections = [
        Shape(each.category, each.found.score, each.right, outlines(each.found.segmentation))
        for each in photo.detections
        if not each.ignored
    ]
    image = photo.image
    return NewPhoto(
        image["file_name"],
        image["sha256"],
        image["width"],
        image["height"],
        EvaluatedShapes(objects, detections),
    )
