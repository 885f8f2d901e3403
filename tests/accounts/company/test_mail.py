"""One-time links that are mailed, by a small real mail server."""

import email
import socket
import ssl
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask.testing import FlaskClient

from embedded.waiting import free_port
from tests.accounts.company import openldap
from tests.accounts.company.conftest import PLACES, Configure
from webapp.accounts import users
from webapp.accounts.company import mail
from webapp.core.errors import UserError
from webapp.core.settings import SettingsError, load_settings
from webapp.models import Role, User

SENDER = "vision@factory.test"


class Box:
    """Takes every message, or none."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.to: list[str] = []
        self.refuses = False

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "554 no"
        self.to += envelope.rcpt_tos
        self.messages.append(email.message_from_bytes(envelope.content or b"", policy=email.policy.default))
        return "250 OK"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    openldap.certificates(made)
    return made


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[tuple[Box, Controller]]:
    """Takes mails behind STARTTLS, from whoever has the password."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "server.pem", folder / "server.key")

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and data == LoginPassword(b"vision", b"mail secret")
        return AuthResult(success=right)

    box = Box()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=check,
    )
    controller.start()
    yield box, controller
    controller.stop()


@pytest.fixture
def box(running: tuple[Box, Controller], folder: Path, configure: Configure) -> Box:
    box, controller = running
    box.messages, box.to, box.refuses = [], [], False
    configure(
        smtp_host="localhost",
        smtp_port=controller.port,
        smtp_ca_file=folder / "ca.pem",
        smtp_user="vision",
        smtp_password="mail secret",
        smtp_from=SENDER,
        smtp_timeout_seconds=2,
    )
    return box


def add(client: FlaskClient, way: str) -> str:
    values = {"email": "lin@factory.test", "name": "林美 Lin", "role": "annotator", "way": way}
    answer = client.post("/users/new", data=values)
    assert answer.status_code == 200
    return answer.text


def test_the_link_of_a_new_account_is_mailed_and_shown(client: FlaskClient, box: Box) -> None:
    assert 'value="mail" selected' in client.get("/users/new").text
    page = add(client, "mail")
    assert "The link was mailed to lin@factory.test" in page
    [message] = box.messages
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    link = next(line for line in text.decode().split() if "one-time-link?token=" in line)
    assert link in page, "it is shown anyway"
    assert (str(message["From"]), str(message["To"]), box.to) == (
        SENDER,
        "林美 Lin <lin@factory.test>",
        ["lin@factory.test"],
    )
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_link_is_not_mailed_unless_that_was_chosen(client: FlaskClient, box: Box) -> None:
    assert "was mailed" not in add(client, "link")
    assert box.messages == []


def test_a_reset_is_mailed(client: FlaskClient, box: Box) -> None:
    add(client, "link")
    user = users.open_by_email("lin@factory.test")
    assert 'value="mail" selected' in client.get(f"/users/{user.id}").text
    assert "was mailed" in client.post(f"/users/{user.id}/reset-password", data={"way": "mail"}).text
    assert len(box.messages) == 1


@pytest.mark.parametrize("fault", ["refused", "password", "certificate", "away"])
def test_a_mail_that_is_not_sent_says_so_and_the_link_is_shown(
    client: FlaskClient,
    box: Box,
    configure: Configure,
    folder: Path,
    fault: str,
    running: tuple[Box, Controller],
) -> None:
    box.refuses = fault == "refused"
    present = {
        "smtp_host": "localhost",
        "smtp_port": free_port() if fault == "away" else running[1].port,
        "smtp_ca_file": folder / ("other.pem" if fault == "certificate" else "ca.pem"),
        "smtp_user": "vision",
        "smtp_password": "wrong" if fault == "password" else "mail secret",
        "smtp_from": SENDER,
    }
    configure(**present)
    page = add(client, "mail")
    assert "The link was not mailed" in page and "one-time-link?token=" in page
    assert box.messages == []


@pytest.mark.slow
def test_a_mail_server_that_never_answers_is_given_up(client: FlaskClient, configure: Configure) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for tls in ("none", "tls"):
            configure(
                smtp_host="127.0.0.1", smtp_port=port, smtp_tls=tls, smtp_from=SENDER, smtp_timeout_seconds=1
            )
            user = User(email="lin@factory.test", name="Lin", password_hash="", role=Role.VIEWER)
            with pytest.raises(UserError) as refused:
                mail.send_link(user, "https://vision.factory.test/x", 7)
            assert refused.value.code == "mail_failed"


def test_nothing_is_offered_without_a_mail_server(client: FlaskClient) -> None:
    assert 'value="mail"' not in client.get("/users/new").text
    assert "was mailed" not in add(client, "mail")


@pytest.mark.parametrize("name", ["Lin\r\nBcc: all@factory.test", "Lin\nX: y"])
def test_a_name_breaks_no_header(client: FlaskClient, box: Box, name: str) -> None:
    user = User(email="lin@factory.test", name=name, password_hash="", role=Role.VIEWER)
    with pytest.raises(UserError) as refused:
        mail.send_link(user, "https://vision.factory.test/x", 7)
    assert refused.value.code == "mail_failed"
    assert box.messages == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"smtp_host": "mail"}, "SMTP_FROM"),
        ({"smtp_from": "a@b.test\nBcc: c@d.test"}, "SMTP_FROM"),
        ({"smtp_tls": "perhaps"}, "SMTP_TLS"),
        ({"smtp_port": 0}, "SMTP_PORT"),
        ({"smtp_user": "vision"}, "SMTP_PASSWORD"),
        ({"smtp_ca_file": "/no/such/file"}, "SMTP_CA_FILE"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(**PLACES | wrong)
