"""Names of categories in Pascal VOC: in XML and in CVAT's ``labelmap.txt``, which names the colours of the pictures."""

from collections.abc import Iterable, Sequence

from webapp.formats.exports.plain_text import holds_xml
from webapp.formats.files.filenames import free_name
from webapp.formats.voc.index_pictures import colour

BACKGROUND = "background"
_NO_OBJECTS = frozenset(
    {
        *(
            "background",
            "_background_",
            "__background__",
            "bg",
            "backgrnd",
            "unlabeled",
            "unlabelled",
            "none",
        ),
        *("void", "_void_", "ignore", "_ignore_", "__ignore__"),
    }
)
"""Names by which tools mean what is no object."""


def names_in_voc(categories: Sequence[str]) -> dict[str, str]:
    """By category its name in VOC. A colon would end it in ``labelmap.txt``, ``#`` begins a remark there, and a
    category called like the background would be it.
    """
    taken = {name for name in categories if _plain(name) == name}
    names = {}
    for category in categories:
        name = _plain(category)
        if name != category:
            name = free_name(name, f"{name}-{{}}".format, taken.__contains__)
            taken.add(name)
        names[category] = name
    return names


def labelmap(names: Iterable[str]) -> str:
    """``name:red,green,blue:parts:actions`` a line, the background first."""
    lines = ["# label:color_rgb:parts:actions"]
    for number, name in enumerate([BACKGROUND, *names]):
        channels = ",".join(map(str, colour(min(number, 255))))
        lines.append(f"{name}:{channels}::")
    return "\n".join(lines) + "\n"


def _plain(name: str) -> str:
    name = "".join(character if holds_xml(character) else "\ufffd" for character in name)
    name = name.replace(":", "\uff1a")
    return f"_{name}" if name.startswith("#") or name.lower() in _NO_OBJECTS else name
