"""Chooses the region attribute that holds the category, since VIA's attributes have arbitrary names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from webapp.formats.coco.lists import category_name

Attributes = tuple[tuple[str, str], ...]
"""The attributes of one region that have a value: (attribute, value as text)."""

USUAL_NAMES = (
    "label", "labels", "class", "category", "category_name", "class_name", "classname", "name", "object",
    "object_name", "type", "defect", "kind", "tag", "類別", "类别", "標籤", "标签", "標記", "名稱", "名称",
    "缺陷", "瑕疵", "種類", "分類", "缺陷類別", "瑕疵類別",
)  # fmt: skip
"""Usual names of that attribute, the most specific first."""
JOINED_BY = " + "
"""Between the options that are ticked for one region."""
UNSET = {"", "undefined", "null"}
"""Values that VIA writes where nothing was chosen."""


def attribute_values(value: object) -> tuple[Attributes, frozenset[str]]:
    """The attributes of a region that have a value, and which of them had several options ticked."""
    if not isinstance(value, dict):
        return (), frozenset()
    found, several = [], set()
    for key, content in value.items():
        names = _names(content)
        if names:
            found.append((str(key), category_name(JOINED_BY.join(names))))
            if len(names) > 1:
                several.add(str(key))
    return tuple(found), frozenset(several)


def _names(content: object) -> list[str]:
    if isinstance(content, dict):  # ticked options: {"date": true, "fig": false}
        names = [
            category_name(key) for key, ticked in content.items() if ticked is True or ticked in (1, "true")
        ]
    elif isinstance(content, list):
        names = [category_name(part) for part in content]
    else:
        names = [category_name(content)]
    return [name for name in names if name.lower() not in UNSET]


class CategoryChoice:
    """The attribute that holds the category of most regions of a file."""

    def __init__(
        self,
        regions: Iterable[Attributes],
        shown: str | None = None,
        options: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`shown` is the attribute that the tool was set to show on the photo, which is a strong hint;
        `options` describe the choices of an attribute by their ids.
        """
        self._options = options or {}
        counts: Counter[str] = Counter()
        values: dict[str, set[str]] = defaultdict(set)
        for attributes in regions:
            for name, value in attributes:
                counts[name] += 1
                if len(values[name]) < 1000:
                    values[name].add(value)
        most = max(counts.values(), default=0)
        usable = [name for name, count in counts.items() if 2 * count >= most]
        # For other names: few different values indicate categories, many indicate remarks or numbers.
        usable.sort(key=lambda name: (name != shown, _rank(name), len(values[name]), -counts[name]))
        self.attribute = usable[0] if usable else None

    def category(self, given: Mapping[str, str]) -> tuple[str, str | None]:
        """The category of a region with these attributes, and which of them holds it; ("", None) without one."""
        usual = [name for name in given if _rank(name) < len(USUAL_NAMES)]
        name = self.attribute if self.attribute in given else min(usual, key=_rank, default=None)
        if name is None:
            return "", None
        descriptions = self._options.get(name, {})
        described = (_described(one, descriptions) for one in given[name].split(JOINED_BY))
        return category_name(JOINED_BY.join(described)), name


def _described(name: str, descriptions: Mapping[str, str]) -> str:
    """The description of an option whose id is only a number; a word speaks for itself."""
    return category_name(descriptions.get(name, "")) or name if name.isdigit() else name


def _rank(name: str) -> int:
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in USUAL_NAMES:
        return USUAL_NAMES.index(plain)
    return len(USUAL_NAMES) + (not any(usual in plain for usual in USUAL_NAMES[:8]))
