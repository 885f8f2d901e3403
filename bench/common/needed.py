"""What benches need beside the product: where it is missing, one sentence says what to install.

The requirements of the tests have it; ``bin/serve`` does not install these.
"""

import sys

try:
    import requests
    from playwright import sync_api as playwright
except ModuleNotFoundError as error:
    sys.exit(f"This bench needs {error.name}, which the product itself does not: run bin/setup test.")

__all__ = ["playwright", "requests"]
