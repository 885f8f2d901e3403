"""Settings for what watches the installation from outside: who may read the metrics, where webhooks may go."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

Network = IPv4Network | IPv6Network


class MonitoringSettings(BaseSettings):
    """Part of ``Settings``."""

    metrics_addresses: Annotated[tuple[Network, ...], NoDecode] = ()
    """Addresses or networks, separated by commas, from which the metrics are read without a token."""
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names, addresses or networks, separated by commas, to which alone webhooks may go. Empty: anywhere but to this
    machine and to addresses that are valid on one cable only."""
    webhook_ca_file: Path | None = None
    """Certificates that vouch for the receivers' own; default: those of the system."""
    webhook_timeout_seconds: int = Field(default=10, ge=1, le=60)

    @field_validator("metrics_addresses", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(one.strip()) for one in value.split(",") if one.strip())
        except ValueError as error:
            raise ValueError(
                "must be addresses or networks such as 10.0.0.5 or 10.0.0.0/24, separated by commas"
            ) from error

    @field_validator("webhook_hosts", mode="before")
    @classmethod
    def _places(cls, value: Any) -> Any:
        names = (
            [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        )
        for name in names:
            if not re.fullmatch(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name) and not is_network(name):
                raise ValueError("must be names of hosts, addresses or networks, separated by commas")
        return [name.lower() for name in names]

    @field_validator("webhook_ca_file")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value


def is_network(text: str) -> bool:
    """Whether it is an address or a network, not a name."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
