"""Settings for the directory (LDAP, Active Directory) and the mail server of the company; off without an address."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

RoleName = Literal["viewer", "annotator", "engineer", "administrator"]
ROLES: tuple[RoleName, ...] = ("viewer", "annotator", "engineer", "administrator")
"""From the least to the most."""
_PLACE = re.compile(r"\{([^{}]*)\}")


class CompanySettings(BaseSettings):
    """Part of ``Settings``."""

    ldap_url: str | None = None
    """``ldaps://host`` or ``ldap://host``, with a port where it is another one than 636 or 389."""
    ldap_start_tls: bool = True
    """With ``ldap://``: encrypt before anything is sent. False sends passwords that anybody on the way can read."""
    ldap_ca_file: Path | None = None
    """Certificates that vouch for the directory; default: those of the system."""
    ldap_bind_dn: str | None = None
    """The account that searches for people. Without one, ``ldap_user_dn`` says who signs in."""
    ldap_bind_password: str | None = Field(default=None, repr=False)
    ldap_user_dn: str | None = None
    """The name by which people sign in themselves, such as ``{email}`` or ``uid={name},ou=people,dc=factory``."""
    ldap_base: str | None = None
    """Where people are searched."""
    ldap_filter: str = "(mail={email})"
    """``{email}`` is what was typed, ``{name}`` what stands before the @ in it."""
    ldap_mail_attribute: str = "mail"
    ldap_name_attribute: str = "cn"
    ldap_group_base: str | None = None
    """Where groups are searched; without it the attribute ``memberOf`` of a person names them."""
    ldap_group_filter: str = "(member={dn})"
    ldap_roles: Annotated[tuple[tuple[RoleName, str], ...], NoDecode] = ()
    """``role=DN of a group; role=DN of a group``. Of several the highest counts."""
    ldap_default_role: RoleName | None = None
    """Of people without a group; without it they have no access."""
    ldap_timeout_seconds: int = Field(default=5, ge=1, le=60)

    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_ca_file: Path | None = None
    smtp_user: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
    smtp_from: str | None = None
    """The sender's address."""
    smtp_timeout_seconds: int = Field(default=10, ge=1, le=60)

    @field_validator("ldap_url")
    @classmethod
    def _directory(cls, value: str | None) -> str | None:
        try:
            parts = urlsplit(value or "ldap://host")
            sound = parts.scheme in ("ldap", "ldaps") and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if not sound or (value and (parts.path.strip("/") or parts.query or parts.username)):
            raise ValueError("must be ldaps://host or ldap://host, and a port where it is another one")
        return value

    @field_validator("ldap_roles", mode="before")
    @classmethod
    def _groups(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parted = [part.partition("=") for part in value.split(";") if part.strip()]
        roles = [(role.strip().lower(), group.strip()) for role, _equals, group in parted]
        if any(role not in ROLES or "=" not in group for role, group in roles):
            raise ValueError(f"must be role=DN of a group; role=DN …, of the roles {', '.join(ROLES)}")
        return roles

    @field_validator("ldap_user_dn", "ldap_filter")
    @classmethod
    def _typed(cls, value: str | None) -> str | None:
        return _with_places(value, {"email", "name"})

    @field_validator("ldap_group_filter")
    @classmethod
    def _member(cls, value: str) -> str | None:
        return _with_places(value, {"dn", "email", "name"})

    @field_validator("ldap_filter", "ldap_group_filter")
    @classmethod
    def _in_brackets(cls, value: str) -> str:
        if not (value.startswith("(") and value.endswith(")") and value.count("(") == value.count(")")):
            raise ValueError("must be a filter in round brackets")
        return value

    @field_validator("ldap_ca_file", "smtp_ca_file")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^\s<>@,;:\"]+@[^\s<>@,;:\"]+", value):
            raise ValueError("must be one e-mail address")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.ldap_url:
            if not self.ldap_base:
                raise ValueError("LDAP_URL needs LDAP_BASE, where people are searched")
            if bool(self.ldap_bind_dn) == bool(self.ldap_user_dn):
                raise ValueError("LDAP_URL needs either LDAP_BIND_DN with its password or LDAP_USER_DN")
            if self.ldap_bind_dn and not self.ldap_bind_password:
                raise ValueError(
                    "LDAP_BIND_DN needs LDAP_BIND_PASSWORD: without one a directory lets anybody in"
                )
            if not self.ldap_roles and self.ldap_default_role is None:
                raise ValueError("LDAP_URL needs LDAP_ROLES or LDAP_DEFAULT_ROLE: nobody would have access")
        if self.smtp_host and not self.smtp_from:
            raise ValueError("SMTP_HOST needs SMTP_FROM, the sender's address")
        if self.smtp_user and not self.smtp_password:
            raise ValueError("SMTP_USER needs SMTP_PASSWORD")
        return self


def _with_places(value: str | None, known: set[str]) -> str | None:
    if value is None:
        return None
    names = _PLACE.findall(value)
    if not names or not set(names) <= known or re.search(r"[{}]", _PLACE.sub("", value)):
        raise ValueError(
            f"must hold one of {', '.join(f'{{{name}}}' for name in sorted(known))}, and no other brackets of this kind"
        )
    return value
