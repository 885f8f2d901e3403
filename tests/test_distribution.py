"""What several processes would each make anew is made in one."""

import pytest

from tests import distribution


@pytest.mark.parametrize(
    ("fixture", "files"),
    [
        ("product", distribution.ON_ONE_PRODUCT),
        ("learnt_by_heart", distribution.ON_LEARNT_WEIGHTS),
    ],
)
def test_whoever_shares_what_takes_long_is_named(
    request: pytest.FixtureRequest, fixture: str, files: tuple[str, ...]
) -> None:
    using = {item.nodeid.split("::")[0] for item in request.session.items if uses(item, fixture)}
    assert using <= set(files)


def uses(item: pytest.Item, fixture: str) -> bool:
    """Whether the test takes what is made once in a session under this name."""
    if not isinstance(item, pytest.Function):
        return False
    definitions = item._fixtureinfo.name2fixturedefs.get(fixture, ())
    return any(each.scope == "session" for each in definitions)
