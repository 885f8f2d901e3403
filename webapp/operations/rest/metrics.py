"""Figures for Prometheus."""

from ipaddress import ip_address

from flask import Response, current_app, request

from webapp.core.server import request_limits
from webapp.models import Role
from webapp.operations.metrics import text
from webapp.rest.access import api_blueprint, check_caller, requires


def check_reader() -> Response | None:
    """A token, or an address that ``METRICS_ADDRESSES`` allows. Raises UserError as ``check_caller``."""
    if _address_is_allowed():
        request_limits.caller_is_known()
        return None
    return check_caller()


blueprint = api_blueprint(
    "metrics",
    "Figures for Prometheus, with a token, or without one from an address that a setting allows.",
    check_reader,
)


@blueprint.get(
    "/metrics",
    responses={
        200: {
            "description": "The text format of Prometheus, version 0.0.4",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
    validate_response=False,
)
@requires(Role.VIEWER)
def get_metrics() -> Response:
    """Processes, queues, runs, requests, disk, machine, backups; without a token from METRICS_ADDRESSES."""
    return Response(text.write(), content_type=text.CONTENT_TYPE)


def _address_is_allowed() -> bool:
    allowed = current_app.extensions["settings"].metrics_addresses
    if not allowed or not request.remote_addr:
        return False
    try:
        address = ip_address(request.remote_addr)
    except ValueError:  # a socket of this machine
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in allowed)
