"""Every rule of the URL map, asked by everybody: who is let in, who is refused, and for whom it is not there.

Views are replaced: what they do is tested elsewhere, and here nothing must change between two requests.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.builders import runs as builders
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.accounts.tokens import TokenLimits
from webapp.core.extensions import db
from webapp.models import (
    ApiToken,
    DataImport,
    DetectionModel,
    Image,
    LibraryKind,
    LibraryRun,
    ModelMember,
    Role,
    Split,
    TokenScope,
    User,
)
from webapp.projects import detection_models, model_of
from webapp.rest.access import scope_of
from webapp.web import guards
from webapp.web.guards import WITHOUT_ROLE

OPENED, REFUSED, MISSING, SIGNED_OUT = "opened", "refused", "missing", "signed out"
OF_NO_MODEL = {"sha256", "token_id", "session_id", "user_id"}
"""Arguments of addresses that belong to no model; with any other argument an address belongs to one."""
NO_SUCH_ID = 10**6


@dataclass(frozen=True)
class Route:
    """A rule of the URL map with one of its methods, and what it says that it needs."""

    rule: Rule
    method: str
    role: Role
    scope: TokenScope
    only_own_models: bool

    @property
    def is_call(self) -> bool:
        return self.rule.rule.startswith("/api/")

    @property
    def is_of_model(self) -> bool:
        # Photos are named by their content, which models share.
        return bool(self.rule.arguments - OF_NO_MODEL) and not self.rule.rule.startswith("/photos/")

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    def address(self, ids: dict[str, dict[str, Any]]) -> str:
        """``ids``: by the first part of the address, then by the argument."""
        kind = self.rule.rule.removeprefix("/api/v1").split("/")[1]
        values: dict[str, Any] = {"kind": "training", "name": "a", "key": "a", "sha256": "0" * 64}
        values |= ids.get(kind, {})
        own = {name: values.get(name, 1) for name in self.rule.arguments}
        assert self.rule.map is not None
        adapter = self.rule.map.bind("localhost")
        return str(adapter.build(self.rule.endpoint, own, method=self.method))


def routes(app: OpenAPI) -> list[Route]:
    """All that ask for a role."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.endpoint in WITHOUT_ROLE:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            own = getattr(view, "only_own_models", False)
            found.append(Route(rule, method, view.required_role, scope_of(view, method), own))  # type: ignore[attr-defined]
    return found


class Walk:
    """Sends requests to every route and says what became of each."""

    def __init__(self, app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.routes = app, routes(app)
        self._was_opened = False
        for endpoint in {route.rule.endpoint for route in self.routes}:
            monkeypatch.setitem(app.view_functions, endpoint, self._in_place_of(endpoint))

    def _in_place_of(self, endpoint: str) -> Callable[..., str]:
        view: Any = self.app.view_functions[endpoint]

        def opened(**_arguments: Any) -> str:
            self._was_opened = True
            return OPENED

        if hasattr(view, "required_scope"):
            for name in ("required_role", "required_scope", "only_own_models"):
                setattr(opened, name, getattr(view, name))
            return opened
        return guards.requires(view.required_role)(opened)  # type: ignore[return-value]

    def send(self, client: FlaskClient, route: Route, ids: dict[str, dict[str, Any]]) -> TestResponse:
        sent = {} if route.method == "GET" or not route.is_call else {"json": {}}
        return client.open(route.address(ids), method=route.method, headers={"HX-Request": "true"}, **sent)

    def what(self, client: FlaskClient, route: Route, ids: dict[str, dict[str, Any]]) -> str:
        self._was_opened = False
        answer = self.send(client, route, ids)
        if self._was_opened:
            return OPENED
        if answer.status_code == 401 or "/sign-in" in answer.headers.get("Location", ""):
            return SIGNED_OUT
        return {403: REFUSED, 404: MISSING}.get(answer.status_code, str(answer.status_code))

    def differences(
        self,
        client: FlaskClient,
        expected: Callable[[Route], str],
        ids: dict[str, dict[str, Any]],
        calls: bool,
    ) -> list[str]:
        """Routes of one door (``calls``: REST) that answer otherwise than expected."""
        return [
            f"{route.name}: {found}, not {expected(route)}"
            for route in self.routes
            if route.is_call is calls and (found := self.what(client, route, ids)) != expected(route)
        ]


def expected(route: Route, account: Role, in_model: Role | None) -> str:
    """What holds for a person; ``in_model`` is their role in the model of the address, None: it is not there."""
    counts = in_model if route.is_of_model and in_model is not None else account
    if not counts.includes(route.role):
        return REFUSED
    return MISSING if route.is_of_model and in_model is None else OPENED


@dataclass(frozen=True)
class Library:
    """A model with a row of each kind."""

    model: DetectionModel
    ids: dict[str, dict[str, Any]]


@pytest.fixture
def library(clean_app: OpenAPI, administrator: User) -> Library:
    model = builders.model_with_photos(administrator, train=1, validation=0, test=0)
    training = builders.finished_training(model, administrator)
    prediction = builders.prediction(model, administrator, {"a.jpg": builders.photo_file(9)})
    work = LibraryRun(model_id=model.id, kind=LibraryKind.MOVE, parameters={})
    taken = DataImport(model_id=model.id, split=Split.TRAIN)
    db.session.add_all([work, taken])
    db.session.commit()
    image_id = db.session.query(Image.id).filter_by(model_id=model.id).scalar()
    model_ids = {"model_id": model.id, "image_id": image_id, "run_id": training.id, "import_id": taken.id}
    return Library(
        model,
        {
            "models": model_ids,
            "images": {"image_id": image_id},
            "imports": {"import_id": taken.id},
            "training-runs": {"run_id": training.id},
            "board": {"run_id": training.id},
            "prediction-runs": {"run_id": prediction.id},
            "library-runs": {"run_id": work.id},
            "history": {"kind": "prediction_run", "object_id": prediction.id},
        },
    )


def absent(library: Library) -> dict[str, dict[str, int]]:
    return {
        kind: {name: value if name == "kind" else NO_SUCH_ID for name, value in own.items()}
        for kind, own in library.ids.items()
    }


@pytest.fixture
def walk(library: Library, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Walk:
    return Walk(clean_app, monkeypatch)


def person(role: Role, name: str = "") -> User:
    return users.create_user(f"{name or role}@factory.test", PASSWORD, role)


def browser_of(app: OpenAPI, user: User) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("language", "en")
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 302
    return client


def script_of(app: OpenAPI, user: User, limits: TokenLimits | None = None) -> FlaskClient:
    client = app.test_client()
    token = users.create_token(user.email, limits=limits or TokenLimits())
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def both_doors(app: OpenAPI, user: User) -> Iterator[tuple[FlaskClient, bool]]:
    """The client of each, and whether it is that of REST."""
    yield browser_of(app, user), False
    yield script_of(app, user), True


def close(model: DetectionModel, *named: tuple[User, Role]) -> None:
    model.closed = True
    db.session.query(ModelMember).delete()
    db.session.add_all(ModelMember(model_id=model.id, user_id=user.id, role=role) for user, role in named)
    db.session.commit()


def test_every_route_has_a_rule_and_says_whose_it_is(app: OpenAPI) -> None:
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 180
    silent = [
        rule.rule
        for rule in rules
        if rule.endpoint not in WITHOUT_ROLE and guards.role_of(app, rule.endpoint) is None
    ]
    assert silent == []
    for route in routes(app):
        arguments = (
            dict.fromkeys(route.rule.arguments, 1)
            | {"kind": "image" if "object_id" in route.rule.arguments else "training"}
            if route.rule.arguments
            else {}
        )
        named = model_of.row_of(route.rule.rule.removeprefix("/api/v1"), arguments)
        assert (named is not None) == route.is_of_model, route.name


def test_a_route_without_a_rule_is_not_served(app: OpenAPI, client: FlaskClient, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.view_functions, "board.index", lambda: "open")
    assert client.get("/board").status_code == 404
    assert client.get("/board/panel").status_code == 200


def test_nobody_is_let_in_signed_out(clean_app: OpenAPI, walk: Walk, library: Library) -> None:
    stranger = clean_app.test_client()
    for calls in (False, True):
        assert walk.differences(stranger, lambda _route: SIGNED_OUT, library.ids, calls) == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_routes_and_no_others(
    clean_app: OpenAPI, walk: Walk, library: Library, role: Role
) -> None:
    """In an open model; and ids that do not exist answer so, unless the role would not do anyway."""
    user = person(role)
    sees_all = role is Role.ADMINISTRATOR
    for client, calls in both_doors(clean_app, user):
        assert (
            walk.differences(client, partial(expected, account=role, in_model=role), library.ids, calls) == []
        )
        if not sees_all:
            missing = partial(expected, account=role, in_model=None)
            assert walk.differences(client, missing, absent(library), calls) == []


def test_who_was_deactivated_a_moment_ago_is_let_in_nowhere(
    clean_app: OpenAPI, walk: Walk, library: Library
) -> None:
    user = person(Role.ENGINEER)
    doors = list(both_doors(clean_app, user))
    # Without the end of the sessions that the page of the administrators makes.
    user.active = False
    db.session.commit()
    for client, calls in doors:
        assert walk.differences(client, lambda _route: SIGNED_OUT, library.ids, calls) == []


@pytest.mark.parametrize(
    ("account", "in_model"),
    [
        (Role.ENGINEER, None),
        (Role.ENGINEER, Role.VIEWER),
        (Role.VIEWER, Role.ENGINEER),
        (Role.VIEWER, Role.ANNOTATOR),
        (Role.ADMINISTRATOR, None),
    ],
)
def test_in_a_closed_model_the_role_there_counts(
    clean_app: OpenAPI, walk: Walk, library: Library, account: Role, in_model: Role | None
) -> None:
    user = person(account)
    close(library.model, *([(user, in_model)] if in_model else []))
    counts = account if account is Role.ADMINISTRATOR else in_model
    for client, calls in both_doors(clean_app, user):
        holds = partial(expected, account=account, in_model=counts)
        assert walk.differences(client, holds, library.ids, calls) == []


def test_a_closed_model_answers_as_one_that_does_not_exist(
    clean_app: OpenAPI, walk: Walk, library: Library
) -> None:
    user = person(Role.ENGINEER)
    close(library.model)
    for client, calls in both_doors(clean_app, user):
        for route in walk.routes:
            if route.is_call is calls and route.is_of_model:
                hidden, missing = (walk.send(client, route, ids) for ids in (library.ids, absent(library)))
                assert (hidden.status_code, hidden.data) == (missing.status_code, missing.data), route.name


@pytest.mark.parametrize("scope", list(TokenScope))
def test_a_token_opens_what_its_scope_says(
    clean_app: OpenAPI, administrator: User, walk: Walk, library: Library, scope: TokenScope
) -> None:
    script = script_of(clean_app, administrator, TokenLimits(scope))

    def holds(route: Route) -> str:
        return OPENED if scope.includes(route.scope) else REFUSED

    assert walk.differences(script, holds, library.ids, calls=True) == []


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ADMINISTRATOR])
def test_a_token_of_another_model_sees_nothing_of_this_one(
    clean_app: OpenAPI, walk: Walk, library: Library, role: Role
) -> None:
    user = person(role)
    other = detection_models.create_model("Other", "", user)
    script = script_of(clean_app, user, TokenLimits(model_ids=[other.id]))

    def holds(route: Route) -> str:
        if route.is_of_model:
            return expected(route, role, None)
        return OPENED if route.only_own_models else REFUSED

    assert walk.differences(script, holds, library.ids, calls=True) == []
    for route in walk.routes:
        if route.is_call and route.is_of_model:
            hidden, missing = (walk.send(script, route, ids) for ids in (library.ids, absent(library)))
            assert (hidden.status_code, hidden.data) == (missing.status_code, missing.data), route.name


def test_a_token_of_the_model_ends_with_the_membership(
    clean_app: OpenAPI, walk: Walk, library: Library
) -> None:
    user = person(Role.VIEWER)
    close(library.model, (user, Role.ENGINEER))
    script = script_of(clean_app, user, TokenLimits(model_ids=[library.model.id]))
    address = f"/api/v1/models/{library.model.id}"
    assert script.patch(address, json={}).text == OPENED
    db.session.query(ModelMember).delete()
    db.session.commit()
    assert script.get(address).status_code == 404


def test_tokens_of_before_are_for_all(clean_app: OpenAPI, administrator: User) -> None:
    users.create_token(administrator.email)
    row = db.session.query(ApiToken).one()
    assert (row.scope, row.model_ids) == (TokenScope.ALL, None)


def test_the_whole_page_of_a_hidden_model_is_that_of_a_missing_one(
    clean_app: OpenAPI, library: Library
) -> None:
    """Not the fragment alone: what the frame shows must not tell either."""
    browser = browser_of(clean_app, person(Role.VIEWER))
    close(library.model)
    pages = [browser.get(f"/models/{number}/record").text for number in (library.model.id, NO_SUCH_ID)]
    of_one_answer = re.compile(r"nonce=\"[^\"]*\"|\"X-CSRFToken\": \"[^\"]*\"|value=\"[^\"]*\"")
    hidden, missing = (of_one_answer.sub("", page) for page in pages)
    assert hidden == missing and "Fruits" not in hidden
