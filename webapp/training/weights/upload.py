"""Adds uploaded weights, if their header fits an architecture.

Only the header is read here, since the web never imports torch; the worker checks every tensor.
"""

import hashlib
import logging
import secrets
import shutil
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.training_parameters import Architecture
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import safe_filename
from webapp.formats.weights_file import (
    WeightsFileError,
    WeightsHeader,
    WeightsKind,
    WeightsMetadata,
    read_weights_header,
    weights_kind,
)
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Weights

EXPECTED: dict[Architecture, dict[str, tuple[int | str, ...]]] = {
    Architecture.EFFICIENTNET_LITE0_FPN: {
        "backbone.bottom_up.blocks.15._project_conv.weight": (320, 1152, 1, 1),
        "backbone.fpn_lateral5.weight": (128, 320, 1, 1),
        "roi_heads.box_head.fc1.weight": (512, 6272),
        "roi_heads.box_predictor.cls_score.weight": ("C+1", 512),
        "roi_heads.box_predictor.bbox_pred.weight": ("4C", 512),
        "roi_heads.mask_head.predictor.weight": ("C", 128, 1, 1),
    },
    Architecture.R50_FPN: {
        "backbone.bottom_up.res5.2.conv3.weight": (2048, 512, 1, 1),
        "backbone.fpn_lateral5.weight": (256, 2048, 1, 1),
        "roi_heads.box_head.fc1.weight": (1024, 12544),
        "roi_heads.box_predictor.cls_score.weight": ("C+1", 1024),
        "roi_heads.box_predictor.bbox_pred.weight": ("4C", 1024),
        "roi_heads.mask_head.predictor.weight": ("C", 256, 1, 1),
    },
}
"""Tensors that identify an architecture and its number of categories (jobs/detection/network/architectures.py).
C is the number of categories; ``C+1`` includes the background, ``4C`` has a box for each.
"""

_log = logging.getLogger(__name__)


def add_uploaded(model: DetectionModel, upload: Upload) -> Weights:
    """Store the file and add it to the model's weights. Raises UserError with the reason if it does not fit."""
    relative = f"weights/upload-{secrets.token_hex(12)}.safetensors"
    limit_mb = current_app.extensions["settings"].max_weights_mb
    with atomic_path(storage.weights_path(relative)) as temporary:
        with temporary.open("wb") as target:
            shutil.copyfileobj(upload.stream, target, 2**20)
        size = temporary.stat().st_size
        if size > limit_mb * 2**20:
            raise _refused(
                _(
                    "The file is larger than %(limit)s MB: ask the administrator to raise the limit.",
                    limit=limit_mb,
                ),
                "weights_too_large",
            )
        metadata = _checked(temporary)
        with temporary.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
    weights = Weights(
        model_id=model.id,
        filename=safe_filename(upload.filename),
        path=relative,
        sha256=digest,
        size=size,
        architecture=metadata.architecture,
        categories=metadata.categories,
    )
    db.session.add(weights)
    db.session.commit()
    return weights


def _checked(path: Path) -> WeightsMetadata:
    if weights_kind(path) is not WeightsKind.SAFETENSORS:
        raise _refused(
            _("This is not a safetensors file: take the file that “Save weights” gave."),
            "weights_not_tensors",
        )
    try:
        header = read_weights_header(path)
    except WeightsFileError as error:
        raise _refused(
            _("The weights file is damaged or cut off: download it again."), "weights_damaged"
        ) from error
    if header.metadata is None or not header.metadata.categories:
        raise _refused(
            _(
                "The file does not say its architecture and categories: take the file that “Save weights” gave."
            ),
            "weights_no_categories",
        )
    if header.metadata.architecture not in list(Architecture):
        raise _refused(
            _(
                "The architecture “%(name)s” is not known here: use one of %(known)s.",
                name=header.metadata.architecture[:100],
                known=", ".join(Architecture),
            ),
            "weights_no_architecture",
        )
    _check_shapes(header, header.metadata)
    return header.metadata


def _check_shapes(header: WeightsHeader, metadata: WeightsMetadata) -> None:
    count = len(metadata.categories)
    sizes = {"C": count, "C+1": count + 1, "4C": 4 * count}
    for name, expected in EXPECTED[Architecture(metadata.architecture)].items():
        shape = tuple(sizes[part] if isinstance(part, str) else part for part in expected)
        if header.shapes.get(name) != shape:
            _log.warning("%s is %s instead of %s", name, header.shapes.get(name), shape)
            raise _refused(
                _(
                    "These weights do not fit %(architecture)s with %(n)s categories: "
                    "take the file that “Save weights” gave.",
                    architecture=metadata.architecture,
                    n=count,
                ),
                "weights_other_architecture",
            )


def _refused(sentence: str, code: str) -> UserError:
    return UserError(sentence, code=code, field="file")
