"""Validates requests before a view sees them and reports the path of each fault."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from werkzeug.exceptions import BadRequest

from webapp.core.errors import UserError
from webapp.rest.problems import problem

MAX_JSON_BYTES = 64 * 2**20
LARGEST_INTEGER = 2**63 - 1
Form = TypeVar("Form", bound=BaseModel)


def _storable(text: str) -> str:
    # JSON can contain NUL and lone surrogates, which PostgreSQL does not accept.
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("text_unreadable", "must not hold NUL or unpaired surrogates")
    return text


Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
Text = Annotated[str, AfterValidator(_storable)]
Time = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""RFC 3339 in UTC; the database answers in the zone of its session."""


def _in_reach(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 9000:
        raise PydanticCustomError("time_out_of_reach", "must lie between the years 1900 and 9000")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
"""A time in a request; a time zone is required."""

SENTENCES = {
    "missing": _l("is missing"),
    "extra_forbidden": _l("is not known here: leave it out or check its spelling"),
    "enum": _l("must be one of %(expected)s"),
    "literal_error": _l("must be one of %(expected)s"),
    "int_parsing": _l("must be a whole number"),
    "int_type": _l("must be a whole number"),
    "int_from_float": _l("must be a whole number"),
    "int_parsing_size": _l("must be a whole number"),
    "float_parsing": _l("must be a number"),
    "float_type": _l("must be a number"),
    "finite_number": _l("must be a finite number"),
    "bool_parsing": _l("must be true or false"),
    "bool_type": _l("must be true or false"),
    "string_type": _l("must be text"),
    "string_too_short": _l("must not be empty"),
    "text_unreadable": _l("holds a character that cannot be stored"),
    "datetime_parsing": _l("must be a time such as 2026-11-24T08:00:00Z"),
    "datetime_from_date_parsing": _l("must be a time such as 2026-11-24T08:00:00Z"),
    "timezone_aware": _l("must be a time such as 2026-11-24T08:00:00Z"),
    "time_out_of_reach": _l("must lie between the years 1900 and 9000"),
    "list_type": _l("must be a list"),
    "model_type": _l("must be a JSON object"),
    "model_attributes_type": _l("must be a JSON object"),
    "dict_type": _l("must be a JSON object"),
    "greater_than": _l("must be greater than %(gt)s"),
    "greater_than_equal": _l("must be at least %(ge)s"),
    "less_than": _l("must be less than %(lt)s"),
    "less_than_equal": _l("must be at most %(le)s"),
    "too_short": _l("needs at least %(min_length)s entries"),
    "too_long": _l("may have at most %(max_length)s entries"),
    "line_width": _l("must be a width in pixels above 0 and up to 1000, or leave_out"),
    "string_too_long": _l("may have at most %(max_length)s characters"),
}
"""By pydantic's error type; other types keep pydantic's English message."""


def invalid(error: ValidationError) -> Response:
    """The problem document for a request that does not fit its model."""
    faults = [
        {"field": path_of(fault["loc"]), "detail": _sentence(fault)}
        for fault in error.errors(include_url=False, include_input=False)[:20]
    ]
    first = faults[0]
    detail = _("“%(field)s” %(reason)s.", field=first["field"], reason=first["detail"])
    return problem(422, detail, "invalid", first["field"], faults=faults)


def path_of(location: tuple[int | str, ...]) -> str:
    """``items[2].segmentation[0]``; the names pydantic gives to the branches of a union are left out."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif re.fullmatch(r"[\w.-]+", part) and not part.startswith("as_"):
            path += f".{part}" if path else part
    return path or "body"


def _sentence(fault: ErrorDetails) -> str:
    template = SENTENCES.get(fault["type"])
    return str(template) % fault.get("ctx", {}) if template else fault["msg"]


def check_json_body() -> None:
    """Before a view that takes JSON. Raises UserError: 400 for invalid JSON, 415 for another content type."""
    if "body" not in current_app.view_functions[request.endpoint or ""].__annotations__:
        return
    if not request.is_json:
        raise UserError(
            _("Send JSON with “Content-Type: application/json”."), code="json_expected", status=415
        )
    json_body()


def json_body() -> Any:
    """The JSON of the request. Raises UserError (400) where it is none."""
    request.max_content_length = min(request.max_content_length or MAX_JSON_BYTES, MAX_JSON_BYTES)
    try:
        return request.get_json()
    except BadRequest as error:
        raise UserError(
            _("The body is not valid JSON: check its quotes, commas and brackets."),
            code="not_json",
            status=400,
        ) from error


def options(model: type[Form]) -> Form:
    """Query parameters and form fields together, a form field winning. Raises ValidationError.

    A field that ends as a list may be given several times.
    """
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        many = "list" in str(field.annotation)
        for source in (request.args, request.form):
            if name in source:
                given[name] = source.getlist(name) if many else source[name]
    return model.model_validate(given)
