"""Sends a signed message to the receiver that an administrator has named; the form is that of Standard Webhooks.

``webhook-id``, ``webhook-timestamp`` and ``webhook-signature: v1,<base64>``: HMAC-SHA256 over ``id.timestamp.body``,
with the secret that follows ``whsec_``, decoded. docs/operations.md has a receiver.
"""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import current_app

from webapp.core.monitoring.settings import is_network
from webapp.core.server.request_limits import is_one_of
from webapp.core.settings import Settings

PREFIX = "whsec_"


class WebhookFault(Exception):
    """The message was not taken; the text is short, technical and in English."""


def new_salt() -> str:
    """What makes the next secret another one."""
    return secrets.token_urlsafe(24)


def secret_of(salt: str) -> str:
    """The secret as the receiver needs it: of the salt in the database and of the key in ``DATA_DIR/secrets``."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return PREFIX + base64.b64encode(hmac.digest(key, f"webhook:{salt}".encode(), hashlib.sha256)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def fault_of_url(url: str) -> bool:
    """Whether this can be no receiver: not http or https, without a host, or with a name and password in it."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return True
    return not sound or "@" in parts.netloc or any(letter <= " " or letter > "~" for letter in url)


def send(url: str, secret: str, message_id: str, document: dict[str, Any]) -> int:
    """Post the document; the status of the answer, 200 to 299.

    No redirect is followed, and nothing of the answer but its status is read. Raises WebhookFault.
    """
    body = json.dumps(document, ensure_ascii=False).encode()
    moment = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "image-recognition",
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(secret, message_id, moment, body),
    }
    parts = urlsplit(url)
    seconds: int = current_app.extensions["settings"].webhook_timeout_seconds
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(_connected(parts, seconds)) as connection, _ended_after(2 * seconds, connection.sock):
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
    except (OSError, HTTPException) as error:
        raise WebhookFault(f"{type(error).__name__}: {error}") from error
    if not 200 <= answer.status < 300:
        raise WebhookFault(f"answered {answer.status} {answer.reason}")
    return answer.status


def _connected(parts: SplitResult, seconds: int) -> HTTPConnection:
    """To an address that was looked at: a name that leads elsewhere a moment later makes no difference."""
    settings: Settings = current_app.extensions["settings"]
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = HTTPConnection(host, port, timeout=seconds)
    if (port, parts.scheme) == (443, "https"):
        connection.default_port = 443  # so that the header Host is that of https
    connection.sock = socket.create_connection((_address_of(host, port), port), seconds)
    if parts.scheme == "https":
        authorities = str(settings.webhook_ca_file) if settings.webhook_ca_file else None
        tls = ssl.create_default_context(cafile=authorities)
        connection.sock = tls.wrap_socket(connection.sock, server_hostname=host)
    return connection


@contextmanager
def _ended_after(seconds: float, client: socket.socket) -> Iterator[None]:
    """A receiver that sends a byte now and then keeps below every limit of silence."""

    def end() -> None:
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _address_of(host: str, port: int) -> str:
    """The first address of the host; raises WebhookFault where one of them is closed, OSError where there is none."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not is_open(host, address):
            raise WebhookFault(f"{host} is {address}, to which nothing is sent (WEBHOOK_HOSTS)")
    return found[0]


def is_open(host: str, address: str) -> bool:
    """Whether webhooks may go to this host at this address."""
    allowed: tuple[str, ...] = current_app.extensions["settings"].webhook_hosts
    place = ip_address(address.partition("%")[0])
    mapped = getattr(place, "ipv4_mapped", None)
    place = mapped or place
    if allowed:
        networks = [ip_network(one) for one in allowed if is_network(one)]
        names = [one for one in allowed if not is_network(one)]
        return is_one_of(host, names) or any(place in network for network in networks)
    return not (place.is_loopback or place.is_link_local or place.is_multicast or place.is_unspecified)
