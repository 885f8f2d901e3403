"""Counts requests and their time by route. Several web processes write into files of their own, which are summed up.

prometheus-client does so where ``PROMETHEUS_MULTIPROC_DIR`` is set before it is imported (gunicorn.conf.py).
"""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from webapp.core.server import metrics_folder

REQUESTS = Counter(
    "image_recognition_http_requests",
    "Requests that were answered, by the template of their address.",
    ("method", "route", "status"),
    registry=None,
)
SECONDS = Histogram(
    "image_recognition_http_request_duration_seconds",
    "From the start of a request in a thread to its answer, without the sending of files and events.",
    ("method", "route"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=None,
)
_SHARED = bool(os.environ.get(metrics_folder.VARIABLE))
"""As prometheus-client decides it, when it is imported."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def init_app(app: Flask) -> None:
    """Count from now on."""

    @app.after_request
    def count(response: Response) -> Response:
        # Addresses are counted by their template, and what has none together: a stranger can make no new names.
        route = request.url_rule.rule if request.url_rule is not None else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        if "began" in g:
            SECONDS.labels(method, route).observe(time.perf_counter() - g.began)
        return response


def add_to(registry: CollectorRegistry) -> None:
    """What all web processes have counted; outside gunicorn this process alone."""
    if _SHARED:
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
