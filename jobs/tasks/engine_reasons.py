"""Maps errors of the engine to documents of ``webapp.runs.errors`` and ``webapp.images.faults``."""

import errno
from typing import Any

from jobs.detection.errors import DetectionError
from jobs.detection.image_errors import is_out_of_memory
from webapp.images import faults as image_faults
from webapp.runs.errors import error_document


def reason_of(error: Exception) -> dict[str, Any]:
    """Why a run failed, as a document of ``webapp.runs.errors``."""
    if isinstance(error, DetectionError):
        code, params = _of_engine(error)
        return error_document(code, **params)
    if is_out_of_memory(error):
        return error_document("out_of_memory")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return error_document("disk_full")
    return error_document("unexpected")


def fault_of(error: DetectionError) -> dict[str, Any]:
    """Why a photo was left out, as a document of ``webapp.images.faults``."""
    if error.code == "photo_failed":
        return image_faults.fault_document("photo_failed", error=error.params.get("error", ""))
    if error.code == "photo_out_of_memory":
        return image_faults.fault_document("photo_out_of_memory")
    return image_faults.fault_document("photo_missing")


def _of_engine(error: DetectionError) -> tuple[str, dict[str, Any]]:
    if error.code in ("photo_missing", "photo_unreadable"):
        return "photo_missing", {"filename": error.params.get("file_name", "")}
    if error.code == "dataset_unusable" and error.params.get("reason") == "no_usable_photos":
        return "photos_unusable", {"filename": error.params.get("file_name", "")}
    if error.code == "loss_diverged":
        return "loss_diverged", {"iteration": error.params.get("iteration", "")}
    if error.code in ("pretrained_missing", "process_killed"):
        return error.code, {}
    if error.code == "machine_missing":
        return error.code, {"rank": error.params.get("rank", "")}
    if error.code.startswith("weights_"):
        return "weights_rejected", {}
    return "unexpected", {}
