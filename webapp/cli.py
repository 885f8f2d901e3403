"""The command line of the app: ``bin/manage``. Standard output carries answers alone, so scripts can read it."""

import re
import sys
from collections.abc import Callable
from typing import TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from webapp.accounts import administration, directory, one_time, tokens, users
from webapp.accounts.administration import Changes
from webapp.accounts.directory import UserQuery
from webapp.audit import chain
from webapp.audit.chain import Head
from webapp.backups.commands import backup, backups_commands, restore
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.models import Role, TokenScope
from webapp.operations.doctor.commands import doctor
from webapp.projects.commands import member_commands

T = TypeVar("T")

token_commands = AppGroup("token", help="API tokens.")
admin_commands = AppGroup("admin", help="The administrator.")


user_commands = AppGroup("user", help="Accounts of people.")
audit_commands = AppGroup("audit", help="The record of who did what.")
FAULTS = {
    "changed": "Row {id} was changed after it was written, or stands in another place.",
    "missing": "Row {id} is missing.",
    "cut": "Row {id} and what follows was cut off.",
    "other": "The rows up to {id} do not lead to the end that was kept: they were written anew.",
}
ROLES = click.Choice([role.value for role in Role])
PASSWORD_STDIN = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input, up to the end of its first line.",
)


@token_commands.command("create")
@click.argument("email")
@click.option("--name", default="", help="The machine or script that will use it.")
@click.option(
    "--scope", type=click.Choice([scope.value for scope in TokenScope]), default=TokenScope.ALL.value
)
@click.option("--days", type=int, help="How long it is valid; left out: until it is revoked.")
@click.option(
    "--model", "model_ids", type=int, multiple=True, help="Id of a model that it may touch; left out: all."
)
def create_token(email: str, name: str, scope: str, days: int | None, model_ids: tuple[int, ...]) -> None:
    """Print a new API token of the account EMAIL, alone on a line."""
    limits = tokens.TokenLimits(TokenScope(scope), days, model_ids or None)
    click.echo(_or_exit(lambda: users.create_token(email, name, limits)))


@user_commands.command("create")
@click.argument("email")
@click.option("--role", type=ROLES, required=True)
@click.option("--name", default="")
@PASSWORD_STDIN
def create_user(email: str, role: str, name: str, password_stdin: bool) -> None:
    """Make an account. Without --password-stdin prints a temporary password, alone on a line."""
    if password_stdin:
        _or_exit(lambda: users.create_user(email, _password_of_stdin(), Role(role), name))
    else:
        _user, password = _or_exit(
            lambda: administration.create_with_temporary_password(email, Role(role), name)
        )
        click.echo(password)


@user_commands.command("list")
def list_users() -> None:
    """Print e-mail address, role, state, last use and name of each account, separated by tabs."""
    for user in directory.after(UserQuery(), 0, None):
        seen = user.last_seen_at.isoformat(timespec="seconds") if user.last_seen_at else "-"
        click.echo("\t".join((user.email, user.role, directory.state_of(user), seen, user.name)))


@user_commands.command("role")
@click.argument("email")
@click.argument("role", type=ROLES)
def set_role(email: str, role: str) -> None:
    """Give the account EMAIL another role."""
    _change(email, Changes(role=Role(role)))


@user_commands.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """Sign the account EMAIL out everywhere, and refuse it and its tokens from now on."""
    _change(email, Changes(active=False))


@user_commands.command("reactivate")
@click.argument("email")
def reactivate_user(email: str) -> None:
    """Let the account EMAIL in again."""
    _change(email, Changes(active=True))


@user_commands.command("unlock")
@click.argument("email")
def unlock_user(email: str) -> None:
    """Forget the wrong passwords that were tried at the account EMAIL."""
    _or_exit(lambda: administration.unlock(users.open_by_email(email)))


@user_commands.command("reset-password")
@click.argument("email")
@PASSWORD_STDIN
def reset_password(email: str, password_stdin: bool) -> None:
    """Give the account EMAIL another password, and sign it out everywhere.

    Without --password-stdin prints a temporary password, alone on a line.
    """
    user = _or_exit(lambda: users.open_by_email(email))
    if password_stdin:
        _or_exit(lambda: one_time.change_password(user, _password_of_stdin()))
    else:
        click.echo(administration.reset_by_temporary_password(user))


def _change(email: str, changes: Changes) -> None:
    _or_exit(lambda: administration.change(users.open_by_email(email), changes))


def _password_of_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


@audit_commands.command("head")
def audit_head() -> None:
    """Print the end of the audit, NUMBER:HASH, to be kept on another machine."""
    end = chain.head()
    click.echo(f"{end.count}:{end.hash}")


@audit_commands.command("verify")
@click.option("--kept", help="An end that “audit head” printed earlier, NUMBER:HASH.")
def verify_audit(kept: str | None) -> None:
    """Compute the hash of every row again. Names the first row that is not right, and ends with 1."""
    end, fault = chain.verify(_kept_end(kept) if kept else None)
    if fault is None:
        click.echo(f"{end.count} rows, all as they were written. The end: {end.count}:{end.hash}")
        return
    click.echo(f"{FAULTS[fault.reason].format(id=fault.id)} The audit counts {end.count} rows.", err=True)
    sys.exit(1)


def _kept_end(text: str) -> Head:
    count, _colon, digits = text.strip().partition(":")
    if not count.isdecimal() or not re.fullmatch("[0-9a-f]{64}", digits):
        raise click.BadParameter("is NUMBER:HASH, as “audit head” prints it", param_hint="--kept")
    return Head(int(count), digits)


@admin_commands.command("ensure")
def ensure_administrator() -> None:
    """Make the administrator from ADMIN_EMAIL and ADMIN_PASSWORD, where no account exists yet."""
    settings = current_app.extensions["settings"]
    storage.prepare(settings.data_dir)
    if users.has_accounts():
        return
    if not settings.admin_email or not settings.admin_password:
        click.echo("No account yet: the first page in the browser makes the administrator.", err=True)
        return
    _or_exit(lambda: users.create_first_administrator(settings.admin_email, settings.admin_password))
    click.echo(f"Administrator {settings.admin_email} made.", err=True)


def _or_exit(action: Callable[[], T]) -> T:
    try:
        return action()
    except UserError as error:
        click.echo(error.message, err=True)
        sys.exit(1)


def init_app(app: Flask) -> None:
    """Add the groups beside Flask-Migrate's ``db``."""
    app.cli.add_command(token_commands)
    app.cli.add_command(user_commands)
    app.cli.add_command(admin_commands)
    app.cli.add_command(audit_commands)
    app.cli.add_command(member_commands)
    app.cli.add_command(doctor)
    app.cli.add_command(backup)
    app.cli.add_command(restore)
    app.cli.add_command(backups_commands)
