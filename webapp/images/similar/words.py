"""Why photos belong together, in words."""

from flask_babel import gettext as _

from webapp.models import PairReason


def reason_name(reason: PairReason | str) -> str:
    """A source of groups."""
    return {
        PairReason.COPY: _("The same picture"),
        PairReason.LOOK: _("Look alike"),
        PairReason.PART: _("Part of the other, or camera moved"),
        PairReason.NAME: _("By name"),
        PairReason.HAND: _("Joined by hand"),
    }[PairReason(reason)]


def reason_help(reason: PairReason | str) -> str:
    """What finds them."""
    return {
        PairReason.COPY: _("The same picture in another file, such as saved again."),
        PairReason.LOOK: _(
            "Turned, mirrored, brighter or saved smaller: found by a hash in eight orientations."
        ),
        PairReason.PART: _(
            "A cut-out, or the camera moved a little: found by the network that trainings start from."
        ),
        PairReason.NAME: _("Names that belong together, by a pattern that you choose below."),
        PairReason.HAND: _("What people of this model have joined."),
    }[PairReason(reason)]


def orientation_name(orientation: int | None) -> str:
    """How one photo lies to the other; empty where it does not."""
    return {
        1: _("turned by 90°"),
        2: _("turned by 180°"),
        3: _("turned by 270°"),
        4: _("mirrored"),
        5: _("mirrored and turned"),
        6: _("upside down"),
        7: _("mirrored and turned"),
    }.get(orientation or 0, "")


def pattern_name(kind: str) -> str:
    """A proposal of ``name_patterns``."""
    return {
        "roboflow": _("Versions by Roboflow (.rf.)"),
        "changed": _("Changed copies (_rotated, _flip, _crop …)"),
        "frames": _("Running number at the end (frames of a film)"),
        "serial": _("Serial number at the beginning"),
        "date": _("Date in the name"),
        "own": _("Your own expression"),
    }[kind]
