"""``python -m embedded``: start everything, keep it running, stop it in order. ``bin/serve`` ends here."""

import argparse
import os
import signal
import socket
import sys

from embedded import full_disk
from embedded.data_lock import end_leftover, sole_user
from embedded.errors import StartError
from embedded.folders import Folders
from embedded.start import Start
from webapp.core.settings import Settings, SettingsError, load_settings


def main() -> int:
    """Exit status: 0 after Ctrl-C or SIGTERM, 1 where it could not start or did not stay up."""
    parser = argparse.ArgumentParser(prog="bin/serve", description=__doc__)
    parser.add_argument("--servers-only", action="store_true", help="only PostgreSQL and Valkey, not the app")
    servers_only = parser.parse_args().servers_only
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup has SIGHUP ignored; that must stay so.
        if name != signal.SIGHUP or signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, signal.default_int_handler)
    try:
        return _start(_settings(), servers_only)
    except (StartError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(_sentence(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _start(settings: Settings, servers_only: bool) -> int:
    folders = Folders(settings.data_dir)
    folders.make()
    try:
        with sole_user(folders):
            # Where an earlier start was killed, its supervisord is still stopping the rest.
            end_leftover(folders.supervisor_pid_file, signal.SIGTERM)
            if not servers_only:
                _require_free_port(settings.host, settings.port)
            return Start(folders, settings.host, settings.port, servers_only).run()
    except StartError as error:
        if full_disk.is_reason(error, folders.data):
            # What failed stands in the logs; a traceback of it would tell the reader nothing else.
            raise StartError(full_disk.SENTENCE) from error
        raise


def _sentence(error: OSError) -> str:
    """Of a folder that cannot be read or written; raises the error again where it names none."""
    if error.errno in full_disk.CODES:
        return full_disk.SENTENCE
    if error.filename is None:
        raise error
    return f"Cannot use {error.filename} ({error.strerror}): see who owns it, and start as that user."


def _settings() -> Settings:
    """The app's own settings, checked before anything starts. Embedded servers get their addresses later."""
    later: dict[str, str] = {}
    if not os.environ.get("DATABASE_URL"):
        later["database_url"] = "postgresql+psycopg2://embedded"
    if not os.environ.get("REDIS_URL"):
        later["redis_url"] = "redis://embedded"
    return load_settings(**later)


def _require_free_port(host: str, port: int) -> None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As gunicorn does: a port whose last connections are still closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise StartError(
            f"Cannot listen on {host} port {port} ({error.strerror}): "
            "stop what uses it, or set HOST or PORT to another."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
