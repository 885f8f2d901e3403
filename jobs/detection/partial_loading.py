"""Puts as many tensors of a file into a model as have the same name and shape."""

from torch import Tensor, nn

CATEGORY_LAYERS = (
    "roi_heads.box_predictor.cls_score.",
    "roi_heads.box_predictor.bbox_pred.",
    "roi_heads.mask_head.predictor.",
)
"""The layers with one output a category: their rows mean nothing for other categories."""


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
