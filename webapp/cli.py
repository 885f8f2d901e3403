"""The command line of the app: ``bin/manage``. Standard output carries answers alone, so scripts can read it."""

import sys
from collections.abc import Callable
from typing import TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from webapp.accounts import users
from webapp.core import storage
from webapp.core.errors import UserError

T = TypeVar("T")

token_commands = AppGroup("token", help="API tokens.")
admin_commands = AppGroup("admin", help="The administrator.")


@token_commands.command("create")
@click.argument("email")
def create_token(email: str) -> None:
    """Print a new API token of the account EMAIL, alone on a line."""
    click.echo(_or_exit(lambda: users.create_token(email)))


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
        sys.exit(error.message)


def init_app(app: Flask) -> None:
    """Add the groups beside Flask-Migrate's ``db``."""
    app.cli.add_command(token_commands)
    app.cli.add_command(admin_commands)
