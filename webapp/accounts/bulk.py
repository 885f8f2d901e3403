"""Accounts from a table: a CSV with name, e-mail address and role. All of them are created, or none."""

import csv
import io
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.accounts import one_time, users
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.csv_rows import BOM
from webapp.formats.files.encodings import beginning_of_text
from webapp.models import AuditAction, AuditKind, Role, User

MAX_BYTES = 2**20
MAX_ROWS = 2000
SHOWN_FAULTS = 50
_COLUMNS = {
    "name": {"name", "姓名", "名稱"},
    "email": {"email", "e-mail", "e-mail address", "mail", "電子郵件", "信箱"},
    "role": {"role", "角色"},
}
_ROLES = {
    Role.VIEWER: "檢視者",
    Role.ANNOTATOR: "標記員",
    Role.ENGINEER: "工程師",
    Role.ADMINISTRATOR: "管理員",
}
_ROLE_WORDS = {word: role for role, chinese in _ROLES.items() for word in (role.value, chinese)}


@dataclass(frozen=True)
class NewAccount:
    """One line of the table."""

    name: str
    email: str
    role: Role


def create(data: bytes) -> list[tuple[User, str]]:
    """The accounts, each with the token of its one-time link. Commits.

    Raises UserError for a file that is no such table; ``faults`` in its details has a sentence for each line that is
    wrong.
    """
    accounts = read(data)
    created = []
    for account in accounts:
        user = User(email=account.email, name=account.name, password_hash="", role=account.role)
        created.append((user, one_time.prepare_link(user)))
        db.session.add(user)
    people = [user for user, _token in created]
    emails = {"email": [user.email for user in people]}
    record(AuditAction.CREATE, kind=AuditKind.ACCOUNT, rows=people, after=emails)
    users.commit_email()
    return created


def read(data: bytes) -> list[NewAccount]:
    """The lines of the table, checked. Raises UserError as ``create`` does."""
    if len(data) > MAX_BYTES:
        raise _refused(_("This file is too large for a list of people: at most 1 MB."))
    rows = _rows(data)
    columns = _columns_of(rows[0][1]) if rows else None
    if columns:
        rows = rows[1:]
    if not rows:
        raise _refused(_("This file has no lines: each is name, e-mail address, role."))
    if len(rows) > MAX_ROWS:
        raise _refused(_("At most %(limit)s people at once: divide the file.", limit=MAX_ROWS))
    return _checked(rows, columns or {"name": 0, "email": 1, "role": 2})


def _rows(data: bytes) -> list[tuple[int, list[str]]]:
    text = beginning_of_text(data).removeprefix(BOM).replace("\x00", "")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, cells) for row in reader if any(cells := [cell.strip() for cell in row])]
    except csv.Error as error:
        raise _refused(_("This file is no CSV: save the table as CSV (UTF-8) and try again.")) from error


def _columns_of(cells: list[str]) -> dict[str, int] | None:
    """Where the columns stand; None if the first line is a person already."""
    if any("@" in cell for cell in cells):
        return None
    found = {
        column: place
        for place, cell in enumerate(cells)
        for column, words in _COLUMNS.items()
        if cell.lower() in words
    }
    if "email" not in found or "role" not in found:
        raise _refused(_("The first line must name the columns: name, email, role."))
    return found


def _checked(rows: list[tuple[int, list[str]]], columns: dict[str, int]) -> list[NewAccount]:
    accounts: list[NewAccount] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        try:
            account = _account(cells, columns)
            if account.email in seen:
                raise UserError(_("The same address stands in line %(n)s already.", n=seen[account.email]))
        except UserError as error:
            faults.append(_("Line %(n)s: %(reason)s", n=line, reason=error.message))
            continue
        seen[account.email] = line
        accounts.append(account)
    taken = db.session.scalars(select(User.email).where(User.email.in_(seen)).order_by(User.email))
    faults += [
        _("Line %(n)s: %(reason)s", n=seen[email], reason=users.email_taken().message) for email in taken
    ]
    if faults:
        raise _refused(
            _("Nobody was added, since some lines have faults: correct them and send the file again."),
            faults=faults[:SHOWN_FAULTS],
        )
    return accounts


def _account(cells: list[str], columns: dict[str, int]) -> NewAccount:
    values = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
    role = _ROLE_WORDS.get(values["role"].lower())
    if role is None:
        raise UserError(
            _("The role must be one of %(roles)s.", roles=", ".join(role.value for role in Role)),
            field="role",
        )
    return NewAccount(users.checked_name(values.get("name", "")), users.checked_email(values["email"]), role)


def _refused(message: str, **details: list[str]) -> UserError:
    return UserError(message, code="table_refused", field="file", **details)  # type: ignore[arg-type]
