"""Addresses that a request names and that an answer redirects to: only those of this server are followed."""

import re

_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""Browsers read a backslash as a slash and leave out tabs and line ends wherever they stand (WHATWG URL, "basic URL
parser"): ``/<tab>/host`` and ``/\\host`` are another host, as ``//host`` is."""


def local_address(target: str, otherwise: str) -> str:
    """``target`` if it is a path of this server, with its query; else ``otherwise``."""
    return target if _LOCAL.fullmatch(target) else otherwise
