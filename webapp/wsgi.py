"""What gunicorn and the command line load: ``webapp.wsgi:app``."""

import sys

from webapp.app import create_app
from webapp.core import storage
from webapp.core.settings import SettingsError

storage.keep_private()
try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
