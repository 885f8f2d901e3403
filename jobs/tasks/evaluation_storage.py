"""Converts the engine's evaluation into the form that pages draw."""

from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.evaluation.shape_outlines import outlines
from webapp.training.evaluations import EvaluatedShapes, NewPhoto, Shape


def new_photo(photo: MatchedImage) -> NewPhoto:
    """One tested photo for the database, without detections in a crowd, which count neither as right nor wrong."""
    objects = [
        # pycocotools has replaced the label's segmentation by RLE.
        Shape(each.category, each.found_score, True, outlines(each.annotation["segmentation"]))
        for each in photo.objects
    ]
    detections = [
        Shape(each.found.class_number, each.found.score, each.right, outlines(each.found.segmentation))
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
