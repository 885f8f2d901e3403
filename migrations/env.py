"""Alembic's environment: the app's own engine and tables."""

from alembic import context
from flask import current_app

from webapp import models  # noqa: F401  (fills the metadata)
from webapp.core.extensions import db


def run() -> None:
    """Bring the database up to date, in one transaction; PostgreSQL rolls a failed change back whole."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()


run()
