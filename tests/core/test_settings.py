"""A wrong setting stops the start with a sentence that names it."""

import pytest

from webapp.core.settings import SettingsError, load_settings

URLS = {"database_url": "postgresql://user@localhost/name", "redis_url": "redis://localhost"}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"database_url": "mysql://localhost/name"}, "DATABASE_URL"),
        ({"redis_url": "http://localhost"}, "REDIS_URL"),
        ({"port": 0}, "PORT"),
        ({"max_photo_mb": "many"}, "MAX_PHOTO_MB"),
        ({"time_zone": "Taipei"}, "TIME_ZONE"),
        ({"allowed_hosts": "http://vision.test"}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": "vision.test:8000"}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": "a.test,,b.test"}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": "*"}, "ALLOWED_HOSTS"),
        ({"session_idle_minutes": 0}, "SESSION_IDLE_MINUTES"),
        ({"session_days": 400}, "SESSION_DAYS"),
        ({"proxies": -1}, "PROXIES"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(**(URLS | wrong))


def test_folders_become_absolute_and_the_driver_of_the_database_is_named() -> None:
    settings = load_settings(**URLS, data_dir="some/data")
    assert settings.data_dir.is_absolute()
    assert settings.database_url == "postgresql+psycopg2://user@localhost/name"


def test_names_of_the_server_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "Vision.factory.test, .lines.test,10.0.0.3,[fd00::1]")
    hosts = load_settings(**URLS).allowed_hosts
    assert hosts == ("vision.factory.test", ".lines.test", "10.0.0.3", "[fd00::1]")
    monkeypatch.setenv("ALLOWED_HOSTS", "")
    assert load_settings(**URLS).allowed_hosts == ()
