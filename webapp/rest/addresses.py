"""Path parameters that several domains use."""

from pydantic import BaseModel


class ModelPath(BaseModel):
    """A model in the address."""

    model_id: int


class ImagePath(BaseModel):
    """A photo in the address."""

    image_id: int
