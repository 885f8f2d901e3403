"""Values that break readers, and what a request may be made of."""

from typing import Any

from hypothesis import strategies as st

TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "a\r\nX-Broken: yes",
    "\u202egpj.exe",
    "\ud800",
    "\U0001f980",
    "=1+1",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%s%n%(a)s{0}",
    "x" * 5000,
    "9" * 5000,
    "-1",
    "1e999",
    "NaN",
    "inf",
    "٣",
    "2147483648",
    "9223372036854775808",
    "0x10",
    "true",
    "null",
    "[]",
    "{}",
    "2026-11-31",
    "9999-12-31T23:59:59+14:00",
]
STORABLE = [text for text in TEXTS if "\ud800" not in text]
"""A form in UTF-8 cannot hold half a character."""
NUMBERS: list[Any] = [0, -1, 1, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 10**30, -(2**63), 0.5, -0.0, 1e308]
SCALARS = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS) | st.text(max_size=6)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def fitting(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of about the form that an OpenAPI schema describes, and sometimes of any other."""
    return st.one_of(_like(schema, components), ANYTHING)


def _like(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return st.deferred(lambda: _like(components[schema["$ref"].rpartition("/")[2]], components))
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return st.one_of([_like(one, components) for one in schema[name]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        properties = {
            name: fitting(one, components)
            if name not in schema.get("required", ())
            else _like(one, components)
            for name, one in schema.get("properties", {}).items()
        }
        required = {name: properties.pop(name) for name in schema.get("required", ()) if name in properties}
        more = schema.get("additionalProperties")
        if not required and not properties and isinstance(more, dict):
            return st.dictionaries(st.sampled_from(STORABLE), fitting(more, components), max_size=3)
        return st.fixed_dictionaries(required, optional=properties)
    if kind == "array":
        return st.lists(fitting(schema.get("items", {}), components), max_size=3)
    if kind == "integer":
        return st.sampled_from([number for number in NUMBERS if isinstance(number, int)]) | st.integers(0, 9)
    if kind == "number":
        return st.sampled_from(NUMBERS) | st.floats(0, 1)
    if kind == "boolean":
        return st.booleans()
    if kind == "string":
        return st.sampled_from(TEXTS) | st.text(max_size=8)
    return ANYTHING


def smallest(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    """A value of this form with nothing that may be left out."""
    if "$ref" in schema:
        return smallest(components[schema["$ref"].rpartition("/")[2]], components)
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return smallest(schema[name][0], components)
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return {name: smallest(properties[name], components) for name in schema.get("required", ())}
    simple = {"array": [], "integer": 1, "number": 0.5, "boolean": False, "string": "a"}
    return schema.get("const", schema.get("enum", [simple.get(schema.get("type", ""))])[0])
