"""The one error of this package."""


class StartError(Exception):
    """The product cannot start; the message is a sentence for the person at the terminal."""
