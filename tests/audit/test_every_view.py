"""Each view that changes something is in the audit, or is named with the reason why not."""

from flask_openapi3 import OpenAPI

from tests.audit_watch import ACTIONS, EXCEPTIONS

READS = {"GET", "HEAD", "OPTIONS"}


def test_every_view_that_changes_something_is_recorded_or_an_exception(app: OpenAPI) -> None:
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if set(rule.methods or ()) - READS}
    assert changing == ACTIONS.keys() | EXCEPTIONS.keys()
    assert not ACTIONS.keys() & EXCEPTIONS.keys()
