"""The database's tables, one module a subject. Import them from here."""

from webapp.contracts.run_status import RunStatus
from webapp.models.annotation import Annotation, Category
from webapp.models.data_import import DataImport, FileKind, ImportFile, ImportStage
from webapp.models.detection_model import DetectionModel
from webapp.models.evaluation import EvaluatedPhoto, RunEvaluation
from webapp.models.image import (
    Image,
    ImageCount,
    ImageFile,
    Review,
    Split,
    TrashedImage,
)
from webapp.models.image_index import ImageCategory, ImageName
from webapp.models.label_version import LabelSource, LabelVersion
from webapp.models.library_run import LibraryKind, LibraryRun
from webapp.models.line import WatchedFolder
from webapp.models.near_duplicate import NearDuplicate, PhotoDetail, PhotoToCompare
from webapp.models.prediction import Detection, PhotoState, PredictedPhoto, PredictionRun
from webapp.models.suggestion import Suggestion, Uncertainty
from webapp.models.training import DatasetVersion, RunLoss, TrainingRun, Weights
from webapp.models.user import ApiToken, Role, User
from webapp.models.verdict_rule import Comparison, Measure, VerdictRule

__all__ = [
    "Annotation",
    "ApiToken",
    "Category",
    "Comparison",
    "DataImport",
    "DatasetVersion",
    "Detection",
    "DetectionModel",
    "EvaluatedPhoto",
    "FileKind",
    "Image",
    "ImageCategory",
    "ImageCount",
    "ImageFile",
    "ImageName",
    "ImportFile",
    "ImportStage",
    "LabelSource",
    "LabelVersion",
    "LibraryKind",
    "LibraryRun",
    "Measure",
    "NearDuplicate",
    "PhotoDetail",
    "PhotoState",
    "PhotoToCompare",
    "PredictedPhoto",
    "PredictionRun",
    "Review",
    "Role",
    "RunEvaluation",
    "RunLoss",
    "RunStatus",
    "Split",
    "Suggestion",
    "TrainingRun",
    "TrashedImage",
    "Uncertainty",
    "User",
    "VerdictRule",
    "WatchedFolder",
    "Weights",
]
