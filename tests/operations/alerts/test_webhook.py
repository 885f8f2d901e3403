"""The signature, where webhooks may go, and receivers that misbehave."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
from pathlib import Path
from threading import Thread

import pytest
from flask_openapi3 import OpenAPI

from tests.accounts.company import openldap
from tests.accounts.company.conftest import Configure
from tests.operations.alerts.conftest import Box, Receiver
from webapp.core.settings import SettingsError, load_settings
from webapp.operations.alerts import webhook
from webapp.operations.alerts.webhook import WebhookFault

PLACES = {"database_url": "postgresql://user@localhost/name", "redis_url": "redis://localhost"}
KNOWN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KNOWN = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
KNOWN_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_standard_webhooks() -> None:
    assert webhook.signature(KNOWN_SECRET, *KNOWN) == KNOWN_SIGNATURE


def test_a_message_carries_id_time_and_signature_of_its_body(box: Box, receiver: Receiver) -> None:
    secret = webhook.secret_of("salt")
    assert webhook.send(f"{receiver.url}/a?b=c", secret, "msg_7", {"type": "test", "text": "測試"}) == 204
    [headers], [body] = receiver.headers, receiver.bodies
    assert json.loads(body)["text"] == "測試"
    signed = f"msg_7.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["host"] == receiver.url.removeprefix("http://")


def test_another_salt_is_another_secret(clean_app: OpenAPI) -> None:
    assert webhook.secret_of("a") != webhook.secret_of("b")
    assert webhook.secret_of("a") == webhook.secret_of("a")
    assert len(base64.b64decode(webhook.secret_of("a").removeprefix("whsec_"))) == 32


@pytest.mark.parametrize("status", [301, 307, 400, 500])
def test_redirects_and_refusals_are_faults(box: Box, receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(WebhookFault, match=str(status)):
        webhook.send(receiver.url, webhook.secret_of("salt"), "msg_1", {})
    assert len(receiver.bodies) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:9/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://169.254.169.254/x",
    ],
)
def test_this_machine_and_addresses_of_one_cable_are_closed(clean_app: OpenAPI, url: str) -> None:
    with pytest.raises(WebhookFault, match="WEBHOOK_HOSTS"):
        webhook.send(url, webhook.secret_of("salt"), "msg_1", {})


@pytest.mark.parametrize(
    ("hosts", "host", "address", "is_open"),
    [
        ("", "erp.factory.test", "10.1.2.3", True),
        ("", "erp.factory.test", "127.0.0.1", False),
        ("", "erp.factory.test", "::ffff:127.0.0.1", False),
        ("", "erp.factory.test", "fe80::1%eth0", False),
        ("erp.factory.test", "erp.factory.test", "10.1.2.3", True),
        ("erp.factory.test", "other.factory.test", "10.1.2.3", False),
        (".factory.test", "other.factory.test", "10.1.2.3", True),
        ("10.1.0.0/16", "any.test", "10.1.2.3", True),
        ("10.1.0.0/16", "any.test", "10.2.2.3", False),
        ("127.0.0.1", "localhost", "127.0.0.1", True),
    ],
)
def test_where_webhooks_may_go(
    clean_app: OpenAPI, configure: Configure, hosts: str, host: str, address: str, is_open: bool
) -> None:
    configure(webhook_hosts=hosts)
    assert webhook.is_open(host, address) is is_open


@pytest.mark.parametrize(
    "url",
    [
        "",
        "erp",
        "ftp://erp/",
        "https:///x",
        "https://me:secret@erp/",
        "https://erp:0/",
        "https://e rp/",
        "http://[1/",
    ],
)
def test_an_address_that_can_be_no_receiver(url: str) -> None:
    assert webhook.fault_of_url(url)


@pytest.mark.parametrize("url", ["http://erp", "https://erp.factory.test:8443/a/b?c=d", "http://10.0.0.1/"])
def test_an_address_that_can_be_one(url: str) -> None:
    assert not webhook.fault_of_url(url)


@pytest.mark.parametrize("authority", ["ca.pem", "other.pem"])
def test_certificates_are_checked(
    clean_app: OpenAPI, configure: Configure, tmp_path: Path, authority: str
) -> None:
    openldap.certificates(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    configure(webhook_hosts="localhost", webhook_ca_file=tmp_path / authority, webhook_timeout_seconds=5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=answer_once, args=(listener, tls), daemon=True)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        if authority == "ca.pem":
            assert webhook.send(url, webhook.secret_of("salt"), "msg_1", {}) == 200
        else:
            with pytest.raises(WebhookFault, match="CERTIFICATE_VERIFY_FAILED"):
                webhook.send(url, webhook.secret_of("salt"), "msg_1", {})
        thread.join(10)


def answer_once(listener: socket.socket, tls: ssl.SSLContext) -> None:
    client = listener.accept()[0]
    try:
        with tls.wrap_socket(client, server_side=True) as connection:
            received = b""
            # Closed with something unread, the answer might not arrive.
            while not received.endswith(b"{}"):
                received += connection.recv(65536) or b"{}"
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    except OSError:
        client.close()


def test_one_that_sends_a_byte_now_and_then_is_ended(clean_app: OpenAPI, configure: Configure) -> None:
    configure(webhook_hosts="127.0.0.1", webhook_timeout_seconds=1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=drip, args=(listener,), daemon=True).start()
        with pytest.raises(WebhookFault):
            webhook.send(
                f"http://127.0.0.1:{listener.getsockname()[1]}/", webhook.secret_of("salt"), "msg_1", {}
            )


def drip(listener: socket.socket) -> None:
    """A status line without an end, until nobody listens."""
    client = listener.accept()[0]
    with client:
        client.settimeout(0.2)
        try:
            while True:
                client.sendall(b"H")
                try:
                    if not client.recv(65536):
                        return
                except TimeoutError:
                    continue
        except OSError:
            return


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"metrics_addresses": "everywhere"}, "METRICS_ADDRESSES"),
        ({"webhook_hosts": "https://erp/"}, "WEBHOOK_HOSTS"),
        ({"webhook_ca_file": "/no/such/file"}, "WEBHOOK_CA_FILE"),
        ({"webhook_timeout_seconds": 0}, "WEBHOOK_TIMEOUT_SECONDS"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(**PLACES | wrong)
