"""``bin/manage member``: who may see a closed model, and with what role."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from webapp.accounts import users
from webapp.core.errors import UserError
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models, members

member_commands = AppGroup("member", help="Members of a model, by its id: they count once it is closed.")


@member_commands.command("list")
@click.argument("model_id", type=int)
def list_members(model_id: int) -> None:
    """Print e-mail address, role and name of each member, separated by tabs; on stderr whether the model is open."""
    with _sentence():
        model = detection_models.open_model(model_id)
    for member in members.list_members(model):
        click.echo("\t".join((member.user.email, member.role, member.user.name)))
    click.echo(f"The model is {'closed' if model.closed else 'open'}.", err=True)


@member_commands.command("add")
@click.argument("model_id", type=int)
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in members.ROLES]), required=True)
def add_member(model_id: int, email: str, role: str) -> None:
    """Make the account EMAIL a member, or give a member another role."""
    with _changing(model_id) as model:
        members.set_role(model, users.open_by_email(email), Role(role))


@member_commands.command("remove")
@click.argument("model_id", type=int)
@click.argument("email")
def remove_member(model_id: int, email: str) -> None:
    """Take the account EMAIL off the list. The last engineer of a closed model stays."""
    with _changing(model_id) as model:
        members.remove_member(model, users.open_by_email(email))


@contextmanager
def _changing(model_id: int) -> Iterator[DetectionModel]:
    with _sentence():
        model = detection_models.open_model(model_id)
        with members.changing(model):
            yield model


@contextmanager
def _sentence() -> Iterator[None]:
    """End with the sentence of a refusal."""
    try:
        yield
    except UserError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
