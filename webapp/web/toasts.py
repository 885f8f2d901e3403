"""Toasts with a button on the next page."""

from flask import flash


def flash_with_button(message: str, label: str, url: str, level: str = "success") -> None:
    """Flash a message whose button posts to ``url`` (undo, for example); rendered by ``web/frame.html``."""
    note = {"message": message, "action": {"label": label, "url": url}}
    flash(note, level)  # type: ignore[arg-type]  # Flask keeps what JSON can say
