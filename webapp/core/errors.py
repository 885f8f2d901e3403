"""The error for refusals that a user can act on."""

from typing import Any


class UserError(Exception):
    """A refused action: one translated sentence that says what is wrong and what to do.

    ``status`` is the HTTP status both doors (pages and REST) answer with, ``code`` a stable name for machines,
    ``field`` the form field it concerns, ``details`` more facts for a machine.
    """

    def __init__(
        self,
        message: object,
        *,
        code: str = "refused",
        status: int = 422,
        field: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.code = code
        self.status = status
        self.field = field
        self.details = details
