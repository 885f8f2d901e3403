"""Sentences on what a format holds in another form than the model, or not at all."""

from collections.abc import Callable, Mapping

from flask_babel import ngettext

from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss


def sentences(losses: Mapping[FormatLoss, int] | Mapping[str, int], format: str) -> list[str]:
    """One for each loss, in the order of ``FormatLoss``; ``losses`` by name, as in the result of a run."""
    return [sentence(format, loss, losses[loss]) for loss in FormatLoss if losses.get(loss)]


def sentence(format: str, loss: FormatLoss, count: int) -> str:
    """How the format holds these labels, photos or categories."""
    say = _OF_ONE_FORMAT.get((format, loss)) or _OF_ALL[loss]
    return say(count)


_OF_ALL: dict[FormatLoss, Callable[[int], str]] = {
    FormatLoss.BOXES: lambda count: ngettext(
        "%(num)s box stands in it as an outline of four points.",
        "%(num)s boxes stand in it as outlines of four points.",
        count,
    ),
    FormatLoss.OUTLINES: lambda count: ngettext(
        "%(num)s outline stands in it as the pixels inside.",
        "%(num)s outlines stand in it as the pixels inside.",
        count,
    ),
    FormatLoss.MASKS: lambda count: ngettext(
        "%(num)s mask stands in it as its outline.", "%(num)s masks stand in it as their outlines.", count
    ),
    FormatLoss.HOLES: lambda count: ngettext(
        "%(num)s of them has holes: a line of no width leads into each.",
        "%(num)s of them have holes: a line of no width leads into each.",
        count,
    ),
    FormatLoss.SEVERAL_POLYGONS: lambda count: ngettext(
        "%(num)s label of several pieces stands in it as one outline: a line of no width joins the pieces.",
        "%(num)s labels of several pieces stand in it as one outline each: a line of no width joins the pieces.",
        count,
    ),
    FormatLoss.CROWDS: lambda count: ngettext(
        "%(num)s label of several objects (crowd) stands in it as one object.",
        "%(num)s labels of several objects (crowd) stand in it as one object each.",
        count,
    ),
    FormatLoss.NO_OBJECT: lambda count: ngettext(
        "%(num)s photo marked “no object” stands in it as a photo without labels.",
        "%(num)s photos marked “no object” stand in it as photos without labels.",
        count,
    ),
    FormatLoss.COVERED: lambda count: ngettext(
        "%(num)s label is partly covered by another: a pixel belongs to one label, the smaller one.",
        "%(num)s labels are partly covered by others: a pixel belongs to one label, the smaller one.",
        count,
    ),
    FormatLoss.NO_PIXEL: lambda count: ngettext(
        "%(num)s label is too small to cover a pixel: only its box stands in it.",
        "%(num)s labels are too small to cover a pixel: only their boxes stand in it.",
        count,
    ),
    FormatLoss.TOO_MANY: lambda count: ngettext(
        "%(num)s label has a box alone: a picture tells 254 objects and 254 categories apart.",
        "%(num)s labels have boxes alone: a picture tells 254 objects and 254 categories apart.",
        count,
    ),
    FormatLoss.CATEGORY_NAMES: lambda count: ngettext(
        "%(num)s category has another name in it: its own is not allowed there.",
        "%(num)s categories have other names in it: their own are not allowed there.",
        count,
    ),
    FormatLoss.RENAMED: lambda count: ngettext(
        "%(num)s photo has another name in it, which every system can unpack and which fits its content.",
        "%(num)s photos have other names in it, which every system can unpack and which fit their contents.",
        count,
    ),
}

_OF_ONE_FORMAT: dict[tuple[str, FormatLoss], Callable[[int], str]] = {
    (LabelFormat.VIA, FormatLoss.SEVERAL_POLYGONS): lambda count: ngettext(
        "%(num)s shape of several pieces stands in it as several regions with the same number.",
        "%(num)s shapes of several pieces stand in it as several regions with the same number.",
        count,
    ),
    (LabelFormat.VOC, FormatLoss.BOXES): lambda count: ngettext(
        "%(num)s box is a filled rectangle in the pictures.",
        "%(num)s boxes are filled rectangles in the pictures.",
        count,
    ),
    (LabelFormat.VOC, FormatLoss.CROWDS): lambda count: ngettext(
        "%(num)s label of several objects (crowd) stands in it as one object, marked as difficult.",
        "%(num)s labels of several objects (crowd) stand in it as one object each, marked as difficult.",
        count,
    ),
    (LabelFormat.LABELSTUDIO, FormatLoss.SEVERAL_POLYGONS): lambda count: ngettext(
        "%(num)s label of several pieces stands in it as the pixels inside (brush).",
        "%(num)s labels of several pieces stand in it as the pixels inside (brush).",
        count,
    ),
}
