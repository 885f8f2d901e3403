"""Texts of toasts after photos were moved, deleted or restored."""

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.images.restore import Restored
from webapp.models import Split


def moved_sentence(count: int, split: Split) -> str:
    """After a move."""
    name = split_name(split)
    return ngettext(
        "%(num)s photo moved to “%(split)s”.", "%(num)s photos moved to “%(split)s”.", count, split=name
    )


def parted_sentence(count: int) -> str:
    """Added to the sentence of a move that parted groups: so many photos have a photo like them beyond training."""
    if not count:
        return ""
    return " " + ngettext(
        "%(num)s of them belongs to a photo on the other side of training: look at “Similar photos”.",
        "%(num)s of them belong to photos on the other side of training: look at “Similar photos”.",
        count,
    )


def deleted_sentence(count: int) -> str:
    """After a deletion."""
    return ngettext("%(num)s photo is in the trash now.", "%(num)s photos are in the trash now.", count)


def restored_sentence(restored: Restored) -> str:
    """After a restore, with what became of photos that could not come back as they were."""
    parts = [
        ngettext(
            "%(num)s photo is back with its labels.",
            "%(num)s photos are back with their labels.",
            restored.count,
        )
    ]
    if restored.renamed:
        before, after = restored.renamed[0]
        parts.append(
            ngettext(
                "%(num)s got another name, as its own is taken: %(before)s is %(after)s now.",
                "%(num)s got other names, as theirs are taken, such as %(before)s: it is %(after)s now.",
                len(restored.renamed),
                before=before,
                after=after,
            )
        )
    if restored.there_again:
        parts.append(
            ngettext(
                "%(num)s stays in the trash, as the same photo was added again: %(name)s.",
                "%(num)s stay in the trash, as the same photos were added again, such as %(name)s.",
                len(restored.there_again),
                name=restored.there_again[0],
            )
        )
    return " ".join(parts)


def split_name(split: Split) -> str:
    """The split's name as in the tabs."""
    return {
        Split.TRAIN: _("For training"),
        Split.VALIDATION: _("For checking"),
        Split.TEST: _("For the test"),
    }[split]
