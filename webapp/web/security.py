"""Security headers: nothing from other hosts, no inline scripts or styles."""

import secrets

from flask import Flask, Response, g, request

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; form-action 'self'"
)


def csp_nonce() -> str:
    """The nonce of this answer; ApexCharts needs one for the style sheet it writes."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def init_app(app: Flask) -> None:
    """Add the headers to every answer."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if _is_part_of_a_page(response):
            return response
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY.format(nonce=csp_nonce()))
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        if request.endpoint != "static":
            _keep_private(response)
        return response


def _is_part_of_a_page(response: Response) -> bool:
    """A script or style: it runs under the policy of the page that loads it, and a page loads seventy of them.

    A worker has the policy of its own file; pictures in SVG can be opened as pages.
    """
    is_text = response.mimetype in ("text/css", "text/javascript")
    return request.endpoint == "static" and is_text and not request.path.endswith("worker.js")


def _keep_private(response: Response) -> None:
    """Only the browser itself may keep what was sent to it, and only where the view says for how long.

    Flask calls files public that may be kept: a proxy would hand them to others without asking who they are.
    """
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    elif not response.cache_control.no_store:
        response.cache_control.public = False
        response.cache_control.private = True
