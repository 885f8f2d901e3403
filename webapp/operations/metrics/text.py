"""The metrics as Prometheus reads them."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from webapp.operations.metrics import requests
from webapp.operations.metrics.state import StateCollector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def write() -> bytes:
    """In an app context."""
    registry = CollectorRegistry()
    requests.add_to(registry)
    registry.register(StateCollector())
    return generate_latest(registry)
