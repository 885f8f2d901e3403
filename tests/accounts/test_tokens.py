"""API tokens: their limits, and what becomes of those of earlier versions."""

import flask_migrate
import pytest

from webapp.accounts import tokens, users
from webapp.accounts.tokens import TokenLimits
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import TokenScope, User
from webapp.projects import detection_models


def test_tokens_of_earlier_versions_do_what_their_account_may(administrator: User) -> None:
    model = detection_models.create_model("Nuts", "", administrator)
    former = users.create_token(administrator.email)
    bound = [
        users.create_token(administrator.email, limits=limits)
        for limits in (TokenLimits(TokenScope.READ), TokenLimits(days=1), TokenLimits(model_ids=[model.id]))
    ]
    db.session.remove()
    flask_migrate.downgrade(revision="run_intervals")
    flask_migrate.upgrade()
    row = tokens.check(former)
    assert row is not None
    assert (row.scope, row.ends_at, row.model_ids) == (TokenScope.ALL, None, None)
    assert [tokens.check(token) for token in bound] == [None] * 3, "they would do everything"


@pytest.mark.parametrize(
    "limits",
    [
        TokenLimits(days=0),
        TokenLimits(days=3651),
        TokenLimits(model_ids=[]),
        TokenLimits(model_ids=[999]),
        TokenLimits(model_ids=[10**30]),
    ],
)
def test_limits_that_cannot_be_are_refused(administrator: User, limits: TokenLimits) -> None:
    with pytest.raises(UserError):
        tokens.create(administrator, "Press 7", limits)
    assert tokens.visible_to(administrator) == []
