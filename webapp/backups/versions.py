"""Versions of the tables: which are known, and bringing them from one to another in the caller's transaction."""

import alembic.command
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection


def newest() -> str:
    """That of this program."""
    return str(_scripts().get_current_head())


def is_known(revision: str) -> bool:
    """Whether this program knows the way from that version to its own."""
    return revision in {one.revision for one in _scripts().walk_revisions()}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to that version; the caller commits."""
    migrate = current_app.extensions["migrate"]
    config = migrate.migrate.get_config()
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, revision)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(current_app.extensions["migrate"].directory)
