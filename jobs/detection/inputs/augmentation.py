"""Random augmentation of photos and labels for training, and its preview picture."""

import io
import math
from typing import Any

import numpy as np
from detectron2.data import transforms as T
from fvcore.transforms.transform import Transform, TransformList
from PIL import Image, ImageFilter

from jobs.detection.inputs.scaling import ShortestEdge
from webapp.contracts.training_parameters import TrainingParameters

PREVIEW_SIDE = 240
"""Px of the short side of each little picture in a preview."""
PREVIEW_VARIANTS = 3
_GAP = 6
ABOUT_OBJECTS = 0.75
"""Share of the windows that are placed around an object."""


class Augmentation:
    """Random transforms by the parameters: crop, scale, flip, rotation, light, blur, in this order."""

    def __init__(self, parameters: TrainingParameters, short_side: int, long_side: int) -> None:
        self._parameters = parameters
        self._resize = ShortestEdge(short_side, long_side)
        self.moves_boxes = bool(parameters.rotation or parameters.crop or parameters.window_size)
        """Whether boxes must be recomputed from the outlines."""

    def draw(
        self, photo: np.ndarray, rng: np.random.Generator, boxes: np.ndarray | None = None
    ) -> tuple[np.ndarray, TransformList]:
        """``photo`` is height x width x 3, uint8. Returns the augmented photo and the transforms for its labels.

        ``boxes``: N x 4, px of the photo, left, top, right, bottom of its objects, which windows are drawn around.
        """
        wanted = self._parameters
        done: list[Transform] = []

        def apply(transform: Transform) -> None:
            nonlocal photo
            photo = transform.apply_image(photo)
            done.append(transform)

        jitter = math.exp(rng.uniform(-1, 1) * math.log1p(wanted.scale_jitter / 100))
        if wanted.window_size:
            for transform in self._window(photo, jitter, rng, boxes):
                apply(transform)
        else:
            if wanted.crop:
                apply(_crop(photo, wanted.crop / 100, rng))
            apply(self._resize.enlarged(jitter).get_transform(photo))
        height, width = photo.shape[:2]
        if wanted.horizontal_flip and rng.random() < 0.5:
            apply(T.HFlipTransform(width))
        if wanted.vertical_flip and rng.random() < 0.5:
            apply(T.VFlipTransform(height))
        if wanted.rotation:
            angle = rng.uniform(-wanted.rotation, wanted.rotation)
            apply(T.RotationTransform(height, width, angle, expand=False))
        if wanted.brightness:
            factor = 1 + rng.uniform(-wanted.brightness, wanted.brightness) / 100
            apply(T.BlendTransform(src_image=0.0, src_weight=1 - factor, dst_weight=factor))
        if wanted.contrast:
            factor = 1 + rng.uniform(-wanted.contrast, wanted.contrast) / 100
            apply(T.BlendTransform(src_image=photo.mean(), src_weight=1 - factor, dst_weight=factor))
        if wanted.blur:
            apply(BlurTransform(rng.uniform(0, wanted.blur)))
        return photo, TransformList(done)

    def plain(
        self, photo: np.ndarray, rng: np.random.Generator | None = None, boxes: np.ndarray | None = None
    ) -> tuple[np.ndarray, TransformList]:
        """Only scaled, for validation photos; with ``rng`` one window of it, where training sees windows."""
        if rng is None or not self._parameters.window_size:
            transform = self._resize.get_transform(photo)
            return transform.apply_image(photo), TransformList([transform])
        window, resize = self._window(photo, 1.0, rng, boxes)
        return resize.apply_image(window.apply_image(photo)), TransformList([window, resize])

    def _window(
        self, photo: np.ndarray, jitter: float, rng: np.random.Generator, boxes: np.ndarray | None
    ) -> tuple[Transform, Transform]:
        """Cuts out a window and scales it as the whole photo would be scaled, times ``jitter``."""
        scale = self._resize.get_transform(photo).new_w / photo.shape[1] * jitter
        window = _window(photo, self._parameters.window_size / scale, rng, boxes)
        resize = T.ResizeTransform(
            window.h, window.w, max(1, round(window.h * scale)), max(1, round(window.w * scale))
        )
        return window, resize


class BlurTransform(Transform):
    """A Gaussian blur; labels stay where they are."""

    def __init__(self, radius: float) -> None:
        super().__init__()
        self.radius = radius

    def apply_image(self, img: np.ndarray) -> np.ndarray:
        """``img`` is height x width x 3, uint8."""
        return np.asarray(Image.fromarray(img).filter(ImageFilter.GaussianBlur(self.radius)))

    def apply_coords(self, coords: np.ndarray) -> np.ndarray:
        """Unchanged."""
        return coords

    def apply_segmentation(self, segmentation: np.ndarray) -> np.ndarray:
        """Unchanged."""
        return segmentation


def preview(photos: list[np.ndarray], parameters: TrainingParameters) -> bytes:
    """A JPEG with a row for each photo: the original, then augmented versions. Deterministic."""
    augmentation = Augmentation(parameters, PREVIEW_SIDE, 2 * PREVIEW_SIDE)
    rows = []
    for number, photo in enumerate(photos):
        row = [augmentation.plain(photo)[0]]
        for variant in range(PREVIEW_VARIANTS):
            rng = np.random.default_rng([parameters.seed, number, variant])
            row.append(augmentation.draw(photo, rng)[0])
        rows.append(row)
    return _sheet(rows)


def _crop(photo: np.ndarray, share: float, rng: np.random.Generator) -> Any:
    height, width = photo.shape[:2]
    kept_height = max(1, round(height * (1 - rng.uniform(0, share))))
    kept_width = max(1, round(width * (1 - rng.uniform(0, share))))
    top = int(rng.integers(0, height - kept_height + 1))
    left = int(rng.integers(0, width - kept_width + 1))
    return T.CropTransform(left, top, kept_width, kept_height, width, height)


def _window(photo: np.ndarray, side: float, rng: np.random.Generator, boxes: np.ndarray | None) -> Any:
    """A square of this side inside the photo; three of four contain an object's middle, at any place of it."""
    height, width = photo.shape[:2]
    sides = np.minimum(max(1, round(side)), [width, height])
    corner = rng.integers(0, [width, height] - sides + 1)
    if boxes is not None and len(boxes) and rng.random() < ABOUT_OBJECTS:
        left, top, right, bottom = boxes[rng.integers(len(boxes))]
        middle = np.array([left + right, top + bottom]) / 2
        corner = np.round(middle - rng.uniform(0.15, 0.85, 2) * sides).astype(int)
        corner = np.clip(corner, 0, [width, height] - sides)
    return T.CropTransform(int(corner[0]), int(corner[1]), int(sides[0]), int(sides[1]), width, height)


def _sheet(rows: list[list[np.ndarray]]) -> bytes:
    heights = [max(picture.shape[0] for picture in row) for row in rows]
    cell = max(picture.shape[1] for row in rows for picture in row) + _GAP
    columns = max(len(row) for row in rows)
    sheet = Image.new("RGB", (columns * cell - _GAP, sum(heights) + _GAP * (len(rows) - 1)), "white")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(Image.fromarray(picture), (column * cell, top))
        top += height + _GAP
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
