"""Alembic's environment: the app's own engine and tables."""

from contextlib import nullcontext

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from flask import current_app

from webapp import models  # noqa: F401  (fills the metadata)
from webapp.core.extensions import db


def run() -> None:
    """Bring the database up to date, in one transaction; PostgreSQL rolls a failed change back whole."""
    engine = current_app.extensions["migrate"].db.engine
    # A restore migrates in its own transaction.
    given = context.config.attributes.get("connection")
    with nullcontext(given) if given is not None else engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata, compare_type=True)
        with context.begin_transaction():
            refuse_newer(context.get_context())
            context.run_migrations()


def refuse_newer(present: MigrationContext) -> None:
    """Raises CommandError where the tables were made by a program that this one does not know."""
    known = {revision.revision for revision in context.script.walk_revisions()}
    unknown = set(present.get_current_heads()) - known
    if unknown:
        raise CommandError(
            f"The database is newer than this program (version {', '.join(sorted(unknown))}): start the program that "
            "is as new as its data, or restore a backup from before."
        )


run()
