"""How the application reads JSON of a request, in pages and in REST."""

from typing import Any

from flask.json.provider import DefaultJSONProvider


class Provider(DefaultJSONProvider):
    """As Flask's own. JSON that is nested too deeply for Python is no valid JSON, as other faults are."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError, which Flask turns into the answer 400."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
