"""Wrong passwords are slowed down by account and by address, and lock nobody else out."""

import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.conftest import PASSWORD
from webapp.accounts import administration, passwords
from webapp.accounts import sign_in as account_sign_in
from webapp.accounts.known_browsers import KnownBrowser
from webapp.accounts.sign_in import Origin
from webapp.accounts.tries import WrongTries, network_of
from webapp.core.errors import UserError
from webapp.models import User

TOO_MANY = 429


def attack(browser: FlaskClient, email: str = "wang@factory.test", tries: int = 60) -> TestResponse:
    answers = [sign_in(browser, email, f"wrong password {n}") for n in range(tries)]
    return answers[-1]


def test_sixty_wrong_passwords_make_even_the_right_one_wait(browser_at: Browser, person: User) -> None:
    attacker = browser_at("198.51.100.9")
    answer = attack(attacker)
    assert answer.status_code == TOO_MANY
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "Too many wrong tries" in answer.text
    assert sign_in(attacker).status_code == TOO_MANY
    assert not is_signed_in(attacker)


def test_tries_from_elsewhere_lock_nobody_out(browser_at: Browser, person: User) -> None:
    attack(browser_at("198.51.100.9"))
    assert sign_in(browser_at("192.0.2.1")).status_code == 302


def test_a_browser_that_knows_the_account_is_free_of_attacks_from_its_own_address(
    browser_at: Browser, person: User
) -> None:
    own = browser_at()
    sign_in(own)
    own.post("/sign-out")
    attack(browser_at())
    assert sign_in(own).status_code == 302
    own.post("/sign-out")
    assert attack(own, tries=7).status_code == TOO_MANY


def test_an_attack_from_many_addresses_is_slowed_by_the_account(browser_at: Browser, person: User) -> None:
    own = browser_at()
    sign_in(own)
    own.post("/sign-out")
    for n in range(13):
        attack(browser_at(f"198.51.100.{n}"), tries=4)
    assert sign_in(browser_at("203.0.113.5")).status_code == TOO_MANY
    assert sign_in(own).status_code == 302


def test_an_address_that_tries_many_accounts_is_slowed(browser_at: Browser, person: User) -> None:
    sprayer = browser_at("198.51.100.9")
    for n in range(31):
        sign_in(sprayer, f"person{n}@factory.test", "Spring 2026 again")
    assert sign_in(sprayer).status_code == TOO_MANY
    assert sign_in(browser_at()).status_code == 302


def test_an_unknown_account_is_answered_like_a_known_one(browser_at: Browser, person: User) -> None:
    def answers(email: str, address: str) -> list[tuple[int, str]]:
        browser = browser_at(address)
        found = [sign_in(browser, email, "wrong password") for _n in range(7)]
        return [(one.status_code, one.text.partition("field-error")[2]) for one in found]

    assert answers(person.email, "192.0.2.1") == answers("nobody@factory.test", "192.0.2.2")


@pytest.mark.parametrize("email", ["wang@factory.test", "nobody@factory.test"])
def test_a_known_account_costs_as_much_time_as_an_unknown_one(
    browser_at: Browser, person: User, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = []
    real = passwords.verify

    def counted(password_hash: str, password: str) -> bool:
        hashes.append(password)
        return real(password_hash, password)

    monkeypatch.setattr(passwords, "verify", counted)
    sign_in(browser_at(), email, "wrong password")
    assert hashes == ["wrong password"]


def test_the_right_password_empties_the_counter(browser_at: Browser, person: User) -> None:
    browser = browser_at()
    attack(browser, tries=4)
    assert sign_in(browser).status_code == 302
    browser.post("/sign-out")
    attack(browser, tries=4)
    assert sign_in(browser).status_code == 302


def test_an_administrator_unlocks_the_account(browser_at: Browser, person: User) -> None:
    browser = browser_at()
    attack(browser)
    assert account_sign_in.slowed([person]) == {person.id}
    administration.unlock(person)
    assert account_sign_in.slowed([person]) == set()
    assert sign_in(browser).status_code == 302


def test_without_redis_tries_are_counted_too(
    clean_app: OpenAPI, browser_at: Browser, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clean_app.extensions, "wrong_tries", WrongTries("redis://127.0.0.1:1"))
    assert attack(browser_at(), tries=7).status_code == TOO_MANY


@pytest.fixture
def slow_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many passwords are checked at the same time; each check waits for another to begin, at most 50 ms."""
    running: list[int] = []
    most: list[int] = [0]
    began = threading.Condition()

    def check(_hash: str, _password: str) -> bool:
        with began:
            running.append(1)
            most.append(len(running))
            began.notify_all()
            began.wait(0.05)
            running.pop()
        return False

    monkeypatch.setattr(passwords, "verify", check)
    yield most


def test_sign_ins_at_once_hash_a_few_at_a_time(
    clean_app: OpenAPI, person: User, slow_hashes: list[int]
) -> None:
    email = person.email

    def one(n: int) -> None:
        with clean_app.test_request_context():
            origin = Origin(f"198.51.100.{n}", KnownBrowser("", ()))
            with pytest.raises(UserError):
                account_sign_in.authenticate(email, PASSWORD, origin)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert max(slow_hashes) == passwords.SIMULTANEOUS


def test_who_waits_too_long_for_a_turn_is_asked_to_try_again(
    browser_at: Browser, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "LONGEST_WAIT", 0.01)
    with passwords.turn(), passwords.turn():
        answer = sign_in(browser_at())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_one_line_of_ipv6_is_one_place(address: str, network: str) -> None:
    assert network_of(address) == network
