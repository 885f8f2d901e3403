"""Asks the directory of the company who somebody is: a search, and a bind with the password that was typed.

A bind without a password is an anonymous one, which succeeds for everybody (RFC 4513, 5.1.2): an empty password is
never sent. What people type is escaped in filters (RFC 4515) and in names (RFC 4514).
"""

import secrets
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ldap3 import NO_ATTRIBUTES, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException, LDAPSASLPrepError
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn, parse_dn

from webapp.core.company_settings import ROLES, CompanySettings

LONGEST = 254
"""Characters of what may be typed as an e-mail address."""
MOST_GROUPS = 5_000
_WRONG = 49
"""Result code of a bind with wrong credentials."""
_SUCCESS = 0


class DirectoryAway(Exception):
    """The directory did not answer, or refused what the settings say; the message is for the log."""


@dataclass(frozen=True)
class Person:
    """Who the directory says somebody is."""

    email: str
    name: str
    groups: tuple[str, ...]
    """DNs."""


def look_up(settings: CompanySettings, email: str, password: str | None) -> Person | None:
    """The person with this password; None where it is wrong or there is no such person.

    Without a password the same is asked as for somebody who is not there. Raises DirectoryAway. Takes no longer than a
    few times ``ldap_timeout_seconds``; the caller holds no database connection meanwhile.
    """
    if password == "" or "\0" in (password or "") or len(email) > LONGEST:
        return None
    try:
        return _Directory(settings).look_up(email.strip(), password)
    except (UnicodeError, LDAPSASLPrepError):  # half a character, or one that no password has (RFC 4013)
        return None
    except (LDAPException, OSError) as error:
        raise DirectoryAway(f"{type(error).__name__}: {error}") from error


def find_all(settings: CompanySettings, logins: Iterable[str]) -> list[Person | None]:
    """Who is known by what these people typed at their sign-in, by the account that searches; None: nobody any more.

    Raises DirectoryAway. Needs ``ldap_bind_dn``; the caller holds no database connection meanwhile.
    """
    try:
        return _Directory(settings).find_all(logins)
    except (LDAPException, OSError) as error:
        raise DirectoryAway(f"{type(error).__name__}: {error}") from error


def role_of(settings: CompanySettings, groups: Iterable[str]) -> str | None:
    """The highest role of these groups, else the default one; None: no access."""
    mine = {comparable(group) for group in groups}
    roles = [role for role, group in settings.ldap_roles if comparable(group) in mine]
    return max(roles, key=ROLES.index, default=settings.ldap_default_role)


def comparable(dn: str) -> tuple[tuple[str, str], ...] | str:
    """A DN as it is compared: without regard to case and to blanks between its parts."""
    try:
        return tuple((kind.lower(), value.casefold()) for kind, value, _separator in parse_dn(dn, strip=True))
    except LDAPException:
        return dn.strip().casefold()


class _Directory:
    def __init__(self, settings: CompanySettings) -> None:
        self._settings = settings
        url = urlsplit(settings.ldap_url or "")
        self._starts_tls = url.scheme == "ldap" and settings.ldap_start_tls
        ca_file = str(settings.ldap_ca_file) if settings.ldap_ca_file else None
        tls = Tls(validate=ssl.CERT_REQUIRED, version=ssl.PROTOCOL_TLS_CLIENT, ca_certs_file=ca_file)
        self._server = Server(
            url.hostname or "",
            port=url.port or (636 if url.scheme == "ldaps" else 389),
            use_ssl=url.scheme == "ldaps",
            tls=tls,
            get_info=NONE,
            connect_timeout=settings.ldap_timeout_seconds,
        )

    def look_up(self, email: str, password: str | None) -> Person | None:
        typed = _parts(email)
        if self._settings.ldap_user_dn:
            # The part of a DN and the principal name of Active Directory are escaped alike.
            name = _filled(self._settings.ldap_user_dn, typed, escape_rdn)
            connection = self._connected(name, password)
            if connection is None:
                return None
            with _closing(connection):
                return self._person(connection, typed)[1]
        with _closing(self._service()) as service:
            dn, person = self._person(service, typed)
            bound = self._connected(dn or f"cn={secrets.token_hex(8)},{self._settings.ldap_base}", password)
            if bound is None:
                return None
            with _closing(bound):
                return person

    def find_all(self, logins: Iterable[str]) -> list[Person | None]:
        with _closing(self._service()) as service:
            return [self._person(service, _parts(login))[1] for login in logins]

    def _service(self) -> Connection:
        """Signed in as the account that searches."""
        found = self._connected(self._settings.ldap_bind_dn or "", self._settings.ldap_bind_password)
        if found is None:
            raise DirectoryAway("LDAP_BIND_DN or its password is refused")
        return found

    def _connected(self, dn: str, password: str | None) -> Connection | None:
        """None where the password is wrong; without one nothing that could be right is sent."""
        connection = Connection(
            self._server,
            user=dn if password else f"cn={secrets.token_hex(8)},{self._settings.ldap_base}",
            password=password or secrets.token_urlsafe(16),
            receive_timeout=self._settings.ldap_timeout_seconds,
            auto_referrals=False,
            read_only=True,
        )
        connection.open()
        if self._starts_tls and not connection.start_tls():
            raise DirectoryAway(f"StartTLS was refused: {connection.result}")
        if connection.bind():
            return connection
        code = connection.result["result"]
        connection.unbind()
        # Names that are malformed or unknown are refused by codes of their own.
        if code in _REFUSED:
            return None
        raise DirectoryAway(f"a bind was answered by code {code}")

    def _person(self, connection: Connection, typed: dict[str, str]) -> tuple[str | None, Person | None]:
        """DN and person; nobody where none or several fit, or where the person has no e-mail address."""
        settings = self._settings
        wanted = [settings.ldap_mail_attribute, settings.ldap_name_attribute]
        if not settings.ldap_group_base:
            wanted.append("memberOf")
        found = self._search(
            connection,
            settings.ldap_base or "",
            _filled(settings.ldap_filter, typed, escape_filter_chars),
            wanted,
            2,
        )
        if len(found) != 1:
            return None, None
        dn, attributes = found[0]["dn"], found[0]["attributes"]
        email, name = (_first(attributes.get(wanted[at])) for at in (0, 1))
        if not email:
            return None, None
        groups = _all(attributes.get("memberOf"))
        if settings.ldap_group_base:
            chosen = _filled(settings.ldap_group_filter, typed | {"dn": dn}, escape_filter_chars)
            rows = self._search(connection, settings.ldap_group_base, chosen, [NO_ATTRIBUTES], MOST_GROUPS)
            groups = [row["dn"] for row in rows]
        return dn, Person(email, name, tuple(groups))

    def _search(
        self, connection: Connection, base: str, chosen: str, attributes: list[str], limit: int
    ) -> list[dict[str, Any]]:
        seconds = self._settings.ldap_timeout_seconds
        connection.search(base, chosen, SUBTREE, attributes=attributes, size_limit=limit, time_limit=seconds)
        code = connection.result["result"]
        if code not in _FOUND:
            raise DirectoryAway(f"a search below {base} was answered by code {code}")
        return [row for row in connection.response or [] if row.get("type") == "searchResEntry"]


_REFUSED = {_WRONG, 32, 34, 48, 50, 53, 19}
"""Codes of a bind that is refused because of who asks: wrong, no such name, malformed, not allowed, locked."""
_FOUND = {_SUCCESS, 4}
"""Codes of a search that was carried out: all, or as many as were asked for."""


@contextmanager
def _closing(connection: Connection) -> Iterator[Connection]:
    """Unbind at the end."""
    try:
        yield connection
    finally:
        connection.unbind()


def _parts(login: str) -> dict[str, str]:
    """What the places of a filter or name stand for."""
    return {"email": login, "name": login.partition("@")[0]}


def _filled(template: str, values: dict[str, str], escaped: Callable[[str], str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", escaped(value).replace("{", "\\7b"))
    return template


def _all(value: Any) -> list[str]:
    if value is None:
        return []
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _first(value: Any) -> str:
    return next(iter(_all(value)), "")
