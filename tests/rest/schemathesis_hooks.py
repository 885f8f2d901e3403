"""A check of its own that schemathesis loads (``SCHEMATHESIS_HOOKS``). ``TRIED_SCOPE`` is the scope of the token."""

import os
from typing import Any

import schemathesis

from webapp.models import TokenScope

SCOPE = TokenScope(os.environ["TRIED_SCOPE"])


@schemathesis.check
def scope_is_kept(_context: Any, response: Any, case: Any) -> None:
    """What the scope of the token does not include never succeeds."""
    # Other methods at the same address are tried as well.
    is_the_call = case.method.upper() == case.operation.method.upper()
    needed = case.operation.definition.raw.get("x-required-scope")
    if is_the_call and needed and not SCOPE.includes(TokenScope(needed)):
        assert response.status_code >= 400, f"a token of scope {SCOPE} did what needs {needed}"
