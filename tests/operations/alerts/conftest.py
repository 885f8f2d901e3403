"""A mail server, a receiver of webhooks, and alerts that are set to both."""

import email
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask_openapi3 import OpenAPI

from embedded.waiting import free_port, wait_until
from tests.accounts.company.conftest import Configure, configure  # noqa: F401
from tests.builders import runs as builders
from webapp.core.settings import ROOT
from webapp.models import AlertEvent, AlertSettings, DetectionModel, User
from webapp.operations.alerts import preferences, webhook
from webapp.operations.alerts.preferences import Wanted

SENDER = "vision@factory.test"
RUNS = (AlertEvent.RUN_ENDED, AlertEvent.RUN_FAILED)
SetAlerts = Callable[..., AlertSettings]


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return builders.model_with_photos(administrator)


class Box:
    """Takes every mail, or none."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuses = False

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "554 no"
        self.messages.append(email.message_from_bytes(envelope.content or b"", policy=email.policy.default))
        return "250 OK"


@dataclass
class Receiver:
    """Takes webhooks and answers with ``status``."""

    url: str
    status: int = 204
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def mail_server() -> Iterator[tuple[Box, int]]:
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


@pytest.fixture
def box(clean_app: OpenAPI, mail_server: tuple[Box, int], configure: Configure) -> Box:  # noqa: F811
    box, port = mail_server
    box.messages, box.refuses = [], False
    configure(
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_tls="none",
        smtp_from=SENDER,
        webhook_hosts="127.0.0.1",
        webhook_timeout_seconds=2,
    )
    return box


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(found.status)
            self.send_header("Location", f"{found.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_parts: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(f"http://127.0.0.1:{server.server_port}")
    # It looks for its end so often.
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def set_alerts(clean_app: OpenAPI, box: Box, receiver: Receiver) -> Callable[..., AlertSettings]:
    """Sets alerts to both, but for what is named."""

    def save(**values: object) -> AlertSettings:
        usual: dict[str, object] = {
            "events": tuple(AlertEvent),
            "recipients": "shift@factory.test, line@factory.test",
            "webhook_url": f"{receiver.url}/hooks?line=3",
            "backup_days": "7",
            "language": "en",
            "base_url": "https://vision.factory.test/",
        }
        return preferences.save(Wanted(**usual | values))  # type: ignore[arg-type]

    return save


@pytest.fixture
def sample(clean_app: OpenAPI, tmp_path: Path) -> Iterator[Callable[[str], tuple[str, Path]]]:
    """Starts the receiver of the documents; its address, and the file that it prints into."""
    started: list[subprocess.Popen[bytes]] = []

    def start(salt: str) -> tuple[str, Path]:
        port, output = free_port(), tmp_path / "received"
        with output.open("wb") as stream:
            command = [
                sys.executable,
                str(ROOT / "docs/webhooks/receiver.py"),
                str(port),
                webhook.secret_of(salt),
            ]
            started.append(subprocess.Popen(command, stdout=stream, stderr=subprocess.DEVNULL))
        wait_until(lambda: _listens(port), "the receiver listens", 30)
        return f"http://127.0.0.1:{port}/", output

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
