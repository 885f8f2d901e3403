"""Why a label looks wrong, and what becomes of it, in the reader's language."""

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.suggestions.label_mistakes.review_queue import ShownMistake


def kind_name(kind: MistakeKind) -> str:
    """For a chip, a row, a badge."""
    return {
        MistakeKind.MISSING: _("Not labelled"),
        MistakeKind.WRONG_CATEGORY: _("Another category"),
        MistakeKind.SHIFTED: _("In the wrong place"),
        MistakeKind.MERGED: _("Two in one"),
        MistakeKind.DOUBLED: _("There twice"),
        MistakeKind.SPURIOUS: _("Nothing there"),
    }[kind]


def reason(shown: ShownMistake) -> str:
    """What a network saw that has not learnt from this photo."""
    kind = shown.mistake.kind
    found = shown.found[0].category if shown.found else ""
    score = round(100 * shown.found[0].score) if shown.found else 0
    label = shown.labels[0].category.name if shown.labels else ""
    if kind is MistakeKind.MISSING:
        return _(
            "“%(found)s” was found here (%(score)s %%), and nothing is labelled.", found=found, score=score
        )
    if kind is MistakeKind.WRONG_CATEGORY:
        return _(
            "It is labelled as “%(label)s” and was found as “%(found)s” (%(score)s %%).",
            label=label,
            found=found,
            score=score,
        )
    if kind is MistakeKind.SHIFTED:
        return _(
            "“%(found)s” was found here (%(score)s %%), but the label lies beside it, or is too large or too small.",
            found=found,
            score=score,
        )
    if kind is MistakeKind.MERGED:
        return _("One label covers several objects, which were found apart: “%(found)s”.", found=found)
    if kind is MistakeKind.DOUBLED:
        return _("Two labels lie on the same object.")
    return _(
        "Nothing was found here, though nearly every label of this size and category is found: “%(label)s”.",
        label=label,
    )


def correction(shown: ShownMistake) -> str:
    """On the button that accepts."""
    kind = shown.mistake.kind
    if kind is MistakeKind.MISSING:
        return _("Add this label")
    if kind is MistakeKind.WRONG_CATEGORY:
        return _("Make it “%(found)s”", found=shown.found[0].category)
    if kind is MistakeKind.SHIFTED:
        return _("Take the outline that was found")
    if kind is MistakeKind.MERGED:
        return ngettext("Make %(num)s label of it", "Make %(num)s labels of it", len(shown.found))
    if kind is MistakeKind.DOUBLED:
        return _("Remove one of them")
    return _("Remove the label")


def keeping(shown: ShownMistake) -> str:
    """On the button that keeps."""
    if shown.mistake.kind is MistakeKind.MISSING:
        return _("Nothing to label here")
    return _("Keep as it is")
