"""New accounts, one by a form or many by a CSV. Part of the blueprint ``users``."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts import administration, bulk, one_time
from webapp.accounts.company import mail
from webapp.accounts.pages.account_list import blueprint, handed_out
from webapp.core.errors import UserError
from webapp.formats.files.csv_rows import csv_line
from webapp.models import Role
from webapp.web.guards import requires


@blueprint.get("/users/new")
@requires(Role.ADMINISTRATOR)
def new() -> str:
    """The form."""
    return _form({})


@blueprint.post("/users/new")
@requires(Role.ADMINISTRATOR)
def create() -> ResponseReturnValue:
    """A new account; the one-time link or temporary password is shown this once."""
    email, name = request.form.get("email", ""), request.form.get("name", "")
    role = request.form.get("role", Role.VIEWER, type=Role)
    try:
        if request.form.get("way") == "password":
            user, password = administration.create_with_temporary_password(email, role, name)
            return handed_out(user, temporary_password=password)
        user, token = administration.invite(email, role, name)
    except UserError as error:
        return _form({error.field or "email": error.message}), error.status
    link = one_time.address_of(token)
    return handed_out(user, link=link, by_mail=request.form.get("way") == "mail")


@blueprint.get("/users/import")
@requires(Role.ADMINISTRATOR)
def bulk_form() -> str:
    """The form for a CSV."""
    return render_template("accounts/users_import.html", error="", faults=[], max_rows=bulk.MAX_ROWS)


@blueprint.post("/users/import")
@requires(Role.ADMINISTRATOR)
def create_many() -> ResponseReturnValue:
    """All accounts of a CSV, each with a one-time link that is shown this once; or none."""
    file = request.files.get("file")
    try:
        created = bulk.create(file.stream.read(bulk.MAX_BYTES + 1) if file else b"")
    except UserError as error:
        return render_template(
            "accounts/users_import.html",
            error=error.message,
            faults=error.details.get("faults", []),
            max_rows=bulk.MAX_ROWS,
        ), error.status
    rows = [(user, one_time.address_of(token)) for user, token in created]
    table = "".join(csv_line([user.name, user.email, user.role.value, link]) for user, link in rows)
    return render_template(
        "accounts/users_imported.html", rows=rows, table=table, days=one_time.LIFETIME.days
    )


def _form(errors: dict[str, str]) -> str:
    return render_template(
        "accounts/user_new.html",
        values=request.form,
        errors=errors,
        roles=list(Role),
        can_mail=mail.is_set(),
        days=one_time.LIFETIME.days,
    )
