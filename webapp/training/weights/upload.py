"""Adds uploaded weights, if their header fits an architecture and their numbers are finite.

The web never imports torch: whether every tensor fits the network is checked by the worker.
"""

import hashlib
import logging
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from flask import current_app
from flask_babel import gettext as _
from pydantic import ValidationError

from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import safe_filename
from webapp.formats.torch_file import NotTensorsOnly, TorchFileError
from webapp.formats.weights_file import WeightsHeader, WeightsKind, read_weights_header, weights_kind
from webapp.formats.weights_metadata import (
    LONGEST_CATEGORY,
    MetadataError,
    WeightsFileError,
    WeightsMetadata,
    are_categories,
)
from webapp.formats.weights_numbers import not_finite
from webapp.images.intake import Upload
from webapp.models import AuditAction, DetectionModel, Weights
from webapp.training.weights import plain_detectron2
from webapp.training.weights.expected import EXPECTED, sizes_of

_log = logging.getLogger(__name__)


def add_uploaded(model: DetectionModel, upload: Upload, categories: Sequence[str] = ()) -> Weights:
    """Store the file and add it to the model's weights. Raises UserError with the reason if it does not fit.

    A checkpoint of plain Detectron2 is converted; it does not know its `categories`, which are numbered if not given.
    """
    if not are_categories(categories):
        raise _refused(
            _(
                "The names of the categories must differ, and have at most %(limit)s characters that can be seen.",
                limit=LONGEST_CATEGORY,
            ),
            "weights_category_names",
            field="categories",
        )
    relative = f"weights/upload-{secrets.token_hex(12)}.safetensors"
    limit_mb = current_app.extensions["settings"].max_weights_mb
    with atomic_path(storage.weights_path(relative)) as temporary:
        with temporary.open("wb") as target:
            shutil.copyfileobj(upload.stream, target, 2**20)
        if temporary.stat().st_size > limit_mb * 2**20:
            raise _refused(
                _(
                    "The file is larger than %(limit)s MB: ask the administrator to raise the limit.",
                    limit=limit_mb,
                ),
                "weights_too_large",
            )
        is_torch = weights_kind(temporary) is WeightsKind.TORCH
        if is_torch:
            _convert(temporary, categories)
        metadata = _checked(temporary)
        size = temporary.stat().st_size
        with temporary.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
    weights = Weights(
        model_id=model.id,
        filename=_filename(upload.filename, is_torch),
        path=relative,
        sha256=digest,
        size=size,
        architecture=metadata.architecture,
        categories=metadata.categories,
        thresholds=metadata.thresholds,
    )
    db.session.add(weights)
    record(AuditAction.SAVE_WEIGHTS, weights, after=values_of(weights))
    db.session.commit()
    return weights


def _filename(name: str, is_torch: bool) -> str:
    name = safe_filename(name)
    return f"{PurePosixPath(name).stem}.safetensors" if is_torch else name


def _convert(path: Path, categories: Sequence[str]) -> None:
    """Replace a checkpoint of plain Detectron2 by a weights file. Raises UserError."""
    converted = path.with_name(f"{path.name}.converted")
    try:
        plain_detectron2.convert(path, converted, categories)
        converted.replace(path)
    except NotTensorsOnly as error:
        _log.warning("weights hold more than tensors: %.200r", error.reason)
        raise _refused(
            _(
                "This file holds more than tensors, which could be a program and is not opened: "
                "save the state dictionary of the network alone (torch.save of model.state_dict())."
            ),
            "weights_not_tensors",
        ) from error
    except TorchFileError as error:
        _log.warning("no checkpoint: %.200r", error.reason)
        raise _refused(
            _(
                "This is no file of torch.save that can be read: take the .safetensors file that “Save weights” "
                "gave, or model_final.pth of Detectron2."
            ),
            "weights_not_tensors",
        ) from error
    except plain_detectron2.OtherCategories as error:
        raise _refused(
            _(
                "The file knows %(n)s categories, but %(given)s names were given: give one name for each, in order.",
                n=error.count,
                given=len(categories),
            ),
            "weights_other_categories",
            field="categories",
        ) from error
    except plain_detectron2.DoesNotFit as error:
        raise _refused(
            _(
                "The tensors are not those of a Mask R-CNN that is used here: train with R50-FPN of Detectron2's "
                "model zoo (mask_rcnn_R_50_FPN)."
            ),
            "weights_other_architecture",
        ) from error
    finally:
        converted.unlink(missing_ok=True)


def _checked(path: Path) -> WeightsMetadata:
    if weights_kind(path) is not WeightsKind.SAFETENSORS:
        raise _refused(
            _(
                "This is neither a safetensors file nor one of torch.save (PyTorch 1.6 or later): take the file that "
                "“Save weights” gave."
            ),
            "weights_not_tensors",
        )
    try:
        header = read_weights_header(path)
    except MetadataError as error:
        raise _impossible(error.reason) from error
    except WeightsFileError as error:
        _log.warning("weights are damaged: %.200r", error.reason)
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
    try:
        TrainingParameters(**header.metadata.parameters)
    except ValidationError as error:
        # Without the values: they may be long.
        raise _impossible(str(error.errors(include_input=False, include_url=False)[0])) from error
    name = not_finite(path, header)
    if name is not None:
        _log.warning("weights are not finite: %.200r", name)
        raise _refused(
            _(
                "The weights hold numbers that are infinite or none at all (NaN), so they find nothing: take those of "
                "another training."
            ),
            "weights_not_finite",
        )
    return header.metadata


def _impossible(reason: str) -> UserError:
    _log.warning("weights say what cannot be: %.200r", reason)
    return _refused(
        _(
            "What the file says of itself (categories, parameters) cannot be right: take the file that “Save weights” "
            "gave."
        ),
        "weights_metadata",
    )


def _check_shapes(header: WeightsHeader, metadata: WeightsMetadata) -> None:
    count = len(metadata.categories)
    sizes = sizes_of(count)
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


def _refused(sentence: str, code: str, field: str = "file") -> UserError:
    return UserError(sentence, code=code, field=field)
