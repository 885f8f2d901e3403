"""A receiver of the product's webhooks, to copy: ``python receiver.py PORT whsec_…`` prints what it was told.

It needs Python alone. Libraries of Standard Webhooks (standardwebhooks.com) check the same signature.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64decode(sys.argv[2].removeprefix("whsec_"))
OLDEST_SECONDS = 300
LARGEST = 1_000_000


def is_ours(headers: dict[str, str], body: bytes) -> bool:
    """Whether whoever has the secret signed this body within the last five minutes."""
    message_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > OLDEST_SECONDS:
        return False
    digest = hmac.digest(SECRET, f"{message_id}.{moment}.".encode() + body, hashlib.sha256)
    expected = "v1," + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(expected, one) for one in headers.get("webhook-signature", "").split())


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is signed and 401 to everything else."""

    known: set[str] = set()  # noqa: RUF012

    def do_POST(self) -> None:
        """One message. The same one may come again where an answer was lost: its id is then known."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_ours(headers, body):
            self.send_error(401)
            return
        if headers["webhook-id"] not in self.known:
            self.known.add(headers["webhook-id"])
            message = json.loads(body)
            print(message["type"], message["text"], json.dumps(message["data"]), flush=True)  # noqa: T201
        self.send_response(204)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
