"""The REST API: a second door to the same services as the pages."""

from flask_openapi3 import OpenAPI


def init_app(app: OpenAPI) -> None:
    """Register the API's blueprints."""
