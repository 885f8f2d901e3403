"""The sample configurations of nginx and Caddy, run as they stand in docs/proxies, but for names, ports and paths."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from embedded.waiting import free_port, wait_until
from webapp.core.settings import ROOT

pytestmark = pytest.mark.slow
NAME = "vision.factory.local"
APP = "tests.core.server.small_app"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each: ``crt`` and ``key``."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", folder / "key", "-out", folder / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def product() -> Iterator[int]:
    """The port of gunicorn with our worker and a small application."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", f"python:{APP}", "--keep-alive", "75", f"{APP}:app"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: _listens(port), "gunicorn listens", 60)
    yield port
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def nginx_command(product: int, port: int, certificate: Path, folder: Path) -> list[str]:
    text = (ROOT / "docs" / "proxies" / "nginx.conf").read_text()
    for before, after in (
        ("127.0.0.1:8000", f"127.0.0.1:{product}"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (f"/etc/ssl/{NAME}.crt", str(certificate / "crt")),
        (f"/etc/ssl/private/{NAME}.key", str(certificate / "key")),
    ):
        assert before in text
        text = text.replace(before, after)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    (folder / "nginx.conf").write_text(f"{main}\nhttp {{ access_log off; {paths}\n{text} }}")
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", f"{folder}/error.log"]


def caddy_command(product: int, port: int, certificate: Path, folder: Path) -> list[str]:
    text = (ROOT / "docs" / "proxies" / "Caddyfile").read_text()
    for before, after in (
        ("127.0.0.1:8000", f"127.0.0.1:{product}"),
        (f"\n{NAME} {{", f"\nhttps://{NAME}:{port} {{\n\tbind 127.0.0.1"),
        (f"/etc/ssl/{NAME}.crt", str(certificate / "crt")),
        (f"/etc/ssl/private/{NAME}.key", str(certificate / "key")),
    ):
        assert before in text
        text = text.replace(before, after)
    options = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(options + text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(params=[nginx_command, caddy_command], ids=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, product: int, certificate: Path, tmp_path: Path
) -> Iterator[Callable[[], HTTPSConnection]]:
    """Connects to the proxy, by its name."""
    port = free_port()
    path = os.environ["PATH"] + ":/usr/sbin"
    command = request.param(product, port, certificate, tmp_path)
    program = shutil.which(command[0], path=path)
    assert program, f"bin/test --slow installs {command[0]}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, *command[1:]], stdout=log, stderr=log, env=os.environ | {"HOME": str(tmp_path)}
        )
    trusted = ssl.create_default_context(cafile=str(certificate / "crt"))

    class ByName(HTTPSConnection):
        def connect(self) -> None:
            plain = socket.create_connection(("127.0.0.1", port), 20)
            self.sock = trusted.wrap_socket(plain, server_hostname=NAME)

    try:
        wait_until(lambda: _listens(port) or process.poll() is not None, "the proxy listens", 30)
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield lambda: ByName(NAME, port)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # Caddy waits for streams that go on
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def test_an_event_passes_at_once(proxy: Callable[[], HTTPSConnection]) -> None:
    with closing(proxy()) as connection:
        connection.request("GET", "/stream")
        answer = connection.getresponse()
        # The stream goes on: a proxy that waits for more would say nothing.
        assert answer.readline() == b"data: hello\n"


def test_an_upload_reaches_the_product_as_it_comes(proxy: Callable[[], HTTPSConnection]) -> None:
    def begun() -> int:
        with closing(proxy()) as connection:
            connection.request("GET", "/begun")
            return int(connection.getresponse().read())

    before = begun()
    with closing(proxy()) as connection:
        connection.putrequest("POST", "/upload")
        connection.putheader("Content-Length", "50000000")
        connection.endheaders()
        connection.send(b"a" * 200_000)
        wait_until(
            lambda: begun() > before, "the first bytes are there, though the rest has not been sent", 20
        )


def test_the_product_hears_who_asks_and_by_what_name(proxy: Callable[[], HTTPSConnection]) -> None:
    with closing(proxy()) as connection:
        connection.request("GET", "/who", headers={"X-Forwarded-For": "6.6.6.6"})
        host, addresses = connection.getresponse().read().decode().split(" ", 1)
    assert host.split(":")[0] == NAME
    assert addresses.split(",")[-1].strip() == "127.0.0.1"
