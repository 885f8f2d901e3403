"""Loads those tensors of a file whose name and shape match the model."""

import torch
from torch import Tensor, nn

SCORES, BOXES, MASKS = CATEGORY_LAYERS = (
    "roi_heads.box_predictor.cls_score.",
    "roi_heads.box_predictor.bbox_pred.",
    "roi_heads.mask_head.predictor.",
)
"""Layers with one output for each category, which cannot be used for other categories."""


def load_what_fits(
    model: nn.Module, tensors: dict[str, Tensor], same_categories: bool = True
) -> tuple[int, list[str]]:
    """Returns how many tensors of the model were set, and the sorted names of those that were not."""
    fitting, others = what_fits(model, tensors, same_categories)
    model.load_state_dict(fitting, strict=False)
    return len(fitting), others


def what_fits(
    model: nn.Module, tensors: dict[str, Tensor], same_categories: bool = True
) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors that the model can take, by name and shape, and the sorted names of its others."""
    own = model.state_dict()
    fitting = {
        name: tensor
        for name, tensor in tensors.items()
        if name in own
        and own[name].shape == tensor.shape
        and (same_categories or not name.startswith(CATEGORY_LAYERS))
    }
    return fitting, sorted(set(own) - set(fitting))


def in_another_order(tensors: dict[str, Tensor], own: list[str], wanted: list[str]) -> dict[str, Tensor]:
    """The same tensors, the outputs of the category layers in the order of ``wanted``: the names of ``own``."""
    order = torch.tensor([own.index(name) for name in wanted])
    rows = {
        SCORES: torch.cat([order, torch.tensor([len(own)])]),  # the last one is the background
        BOXES: (4 * order[:, None] + torch.arange(4)).flatten(),
        MASKS: order,
    }
    return {name: _taken(tensor, rows, name) for name, tensor in tensors.items()}


def _taken(tensor: Tensor, rows: dict[str, Tensor], name: str) -> Tensor:
    chosen = next((places for layer, places in rows.items() if name.startswith(layer)), None)
    return tensor if chosen is None or len(tensor) != len(chosen) else tensor[chosen]
