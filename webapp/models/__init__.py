"""The database's tables, one module a domain. Import them from here."""

from webapp.contracts.run_status import RunStatus
from webapp.models.accounts import ApiToken, Role, TokenScope, User, UserSession
from webapp.models.annotations import Annotation, Category, LabelSource, LabelVersion
from webapp.models.audit import AuditAction, AuditDoor, AuditEntry, AuditHead, AuditKind
from webapp.models.exchange import DataImport, FileKind, ImportFile, ImportStage
from webapp.models.image_index import ImageCategory, ImageName
from webapp.models.images import (
    Image,
    ImageCount,
    ImageFile,
    Review,
    Split,
    TrashedImage,
)
from webapp.models.line import WatchedFolder
from webapp.models.operations.alerts import (
    AlertChannel,
    AlertDelivery,
    AlertEvent,
    AlertSettings,
    DeliveryStatus,
)
from webapp.models.prediction import (
    Comparison,
    Detection,
    ImageState,
    Measure,
    OutOfFoldDetection,
    OutOfFoldImage,
    PredictedImage,
    PredictionRun,
    TrainingFold,
    VerdictRule,
)
from webapp.models.projects import DetectionModel, ModelMember
from webapp.models.runs import LibraryKind, LibraryRun, RunColumns
from webapp.models.similar_images import (
    ImageDetail,
    ImageFeatures,
    ImageToCompare,
    NearDuplicate,
    PairReason,
)
from webapp.models.suggestions import (
    KeptLabel,
    LabelMistake,
    LabelRanking,
    RankedImage,
    Suggestion,
    Uncertainty,
)
from webapp.models.teamwork import Assignment, Comment
from webapp.models.training import (
    DatasetVersion,
    EvaluatedImage,
    RunEvaluation,
    RunLoss,
    TrainingRun,
    Weights,
    WeightsChangeReason,
    WeightsInUseChange,
)

__all__ = [
    "AlertChannel",
    "AlertDelivery",
    "AlertEvent",
    "AlertSettings",
    "Annotation",
    "ApiToken",
    "Assignment",
    "AuditAction",
    "AuditDoor",
    "AuditEntry",
    "AuditHead",
    "AuditKind",
    "Category",
    "Comment",
    "Comparison",
    "DataImport",
    "DatasetVersion",
    "DeliveryStatus",
    "Detection",
    "DetectionModel",
    "EvaluatedImage",
    "FileKind",
    "Image",
    "ImageCategory",
    "ImageCount",
    "ImageDetail",
    "ImageFeatures",
    "ImageFile",
    "ImageName",
    "ImageState",
    "ImageToCompare",
    "ImportFile",
    "ImportStage",
    "KeptLabel",
    "LabelMistake",
    "LabelRanking",
    "LabelSource",
    "LabelVersion",
    "LibraryKind",
    "LibraryRun",
    "Measure",
    "ModelMember",
    "NearDuplicate",
    "OutOfFoldDetection",
    "OutOfFoldImage",
    "PairReason",
    "PredictedImage",
    "PredictionRun",
    "RankedImage",
    "Review",
    "Role",
    "RunColumns",
    "RunEvaluation",
    "RunLoss",
    "RunStatus",
    "Split",
    "Suggestion",
    "TokenScope",
    "TrainingFold",
    "TrainingRun",
    "TrashedImage",
    "Uncertainty",
    "User",
    "UserSession",
    "VerdictRule",
    "WatchedFolder",
    "Weights",
    "WeightsChangeReason",
    "WeightsInUseChange",
]
