"""Notes at the foot of the next page that have a button."""

from flask import flash


def flash_with_button(message: str, label: str, url: str, level: str = "success") -> None:
    """The button posts to ``url``, such as an undo; ``web/frame.html`` shows it."""
    note = {"message": message, "action": {"label": label, "url": url}}
    flash(note, level)  # type: ignore[arg-type]  # Flask keeps what JSON can say
