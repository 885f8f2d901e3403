"""Alerts: whom the installation tells what has happened, and what it told them."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column


class AlertEvent(StrEnum):
    """What is told; the value is the ``type`` of the webhook."""

    RUN_ENDED = "run.ended"
    """Completed or stopped."""
    RUN_FAILED = "run.failed"
    DISK_SHORT = "disk.short"
    BACKUP_OLD = "backup.old"


class AlertChannel(StrEnum):
    """By which way."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class DeliveryStatus(StrEnum):
    """Of one message."""

    WAITING = "waiting"
    """To be sent now, or again at ``next_try_at``."""
    SENT = "sent"
    FAILED = "failed"
    """Tried for the last time."""


class AlertSettings(Model):
    """What an administrator has set, one row; without it nothing is told."""

    __tablename__ = "alert_settings"
    __table_args__ = (CheckConstraint("one", name="one_row"),)

    one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    events: Mapped[list[str]] = mapped_column(ARRAY(String(32)), default=list)
    recipients: Mapped[list[str]] = mapped_column(ARRAY(String(254)), default=list)
    """E-mail addresses; empty: no mail."""
    webhook_url: Mapped[str | None] = mapped_column(Text)
    webhook_salt: Mapped[str | None] = mapped_column(String(64))
    """Of the secret, which is derived from it and from the key in ``DATA_DIR/secrets``: not of this table alone."""
    backup_days: Mapped[int] = mapped_column(default=7)
    """Age of the last good backup from which it is too old."""
    language: Mapped[str] = mapped_column(String(16))
    base_url: Mapped[str] = mapped_column(Text)
    """By which the administrator reached the server, for links."""
    seen_until: Mapped[Timestamp]
    """Ends of runs before this moment were told, or are not to be."""


class AlertDelivery(Model):
    """One message by one channel."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_alert_delivery_created_at", "created_at"),
    )

    id: Mapped[PrimaryKey]
    created_at: Mapped[CreatedAt]
    event: Mapped[AlertEvent] = mapped_column(enum_column(AlertEvent))
    channel: Mapped[AlertChannel] = mapped_column(enum_column(AlertChannel))
    key: Mapped[str] = mapped_column(String(120))
    """What happened, so that it is told once: ``training-run:7:<end>``, ``disk.short:2026-12-01``."""
    message_id: Mapped[str] = mapped_column(String(40))
    """The same at each try: a receiver knows by it what it has already."""
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The ``data`` of the webhook."""
    status: Mapped[DeliveryStatus] = mapped_column(
        enum_column(DeliveryStatus), default=DeliveryStatus.WAITING
    )
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[Timestamp | None]
    error: Mapped[str | None] = mapped_column(Text)
    """Why the last try failed, short and in English, as a log says it."""
    sent_at: Mapped[Timestamp | None]
