"""Where the web server is found from this machine, and whether it answers there."""

import urllib.request
from http.client import HTTPException


def web_address(host: str, port: int) -> str:
    """The address for a browser on this machine; a server that listens on every interface has the local one too."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{reachable}:{port}"


def is_healthy(address: str) -> bool:
    """Whether the web server answers and reaches what it needs."""
    # A proxy for the world outside must not be asked for this machine.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{address}/api/v1/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False
