"""Settings for backups; nothing is scheduled without a folder for them."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class BackupSettings(BaseSettings):
    """Part of ``Settings``."""

    backup_dir: Path | None = None
    """Where scheduled backups are written, best on another disk; without it none is scheduled."""
    backup_every_hours: int = Field(default=24, ge=0, le=24 * 366)
    """Hours between scheduled backups; 0: none."""
    backup_keep: int = Field(default=7, ge=1, le=1000)
    """Scheduled backups that are kept; the oldest goes once a new one is verified."""
    backup_before_migration: Literal["all", "rows", "off"] = "all"
    """What is backed up before tables change: everything (rows alone where there is no room for files), rows alone,
    or nothing."""

    @field_validator("backup_dir")
    @classmethod
    def _absolute_folder(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None
