"""A product whose data lies on a small disk of its own."""

import io
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from PIL import Image

from embedded.waiting import free_port, wait_until
from embedded.web_address import is_healthy
from tests.serve_process import ROOT, environment

EMAIL, PASSWORD = "admin@factory.test", "correct horse battery"
MOUNT = 'mount -t tmpfs -o size="$1" none "$0" && echo mounted && exec sleep infinity'


class SmallDisk:
    """Mounted in a namespace of its own, which is left with its last process. Needs root."""

    def __init__(self, folder: Path, size: str) -> None:
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        data = folder / "disk"
        data.mkdir()
        self.settings = environment(
            DATA_DIR=str(data), PORT=str(port), ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD, MIN_FREE_GB="0"
        )
        self._output = folder / "output"
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", MOUNT, str(data), size], stdout=subprocess.PIPE
        )
        assert self._holder.stdout and self._holder.stdout.readline() == b"mounted\n"
        self.data = Path(f"/proc/{self._holder.pid}/root{data}")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, **settings: str) -> None:
        """Start the product; ``is_up`` or ``ended`` tells how it went."""
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                self._here(sys.executable, "-m", "embedded", *arguments),
                cwd=ROOT,
                env=self.settings | settings,
                stdout=output,
                stderr=output,
            )

    def wait_until_up(self) -> None:
        wait_until(lambda: is_healthy(self.address) or self.has_ended(), "it answers", 300)
        assert not self.has_ended(), self.said

    def has_ended(self) -> bool:
        assert self.process
        return self.process.poll() is not None

    @property
    def said(self) -> str:
        """All that the last start has printed."""
        return self._output.read_text(errors="replace")

    def flask(self, *arguments: str) -> str:
        """What a command of the app printed, while the servers run."""
        env = dict(line.split("=", 1) for line in (self.data / "run" / "env").read_text().splitlines())
        command = self._here(sys.executable, "-m", "flask", "--app", "webapp.wsgi", *arguments)
        answer = subprocess.run(command, cwd=ROOT, env=self.settings | env, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def token(self) -> str:
        return self.flask("token", "create", EMAIL)

    def fill(self, leaving: int = 0) -> None:
        """To the last byte, or but for so many."""
        with (self.data / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(bytes(2**12))
        os.truncate(self.data / "filler", max(0, (self.data / "filler").stat().st_size - leaving))

    def make_room(self) -> None:
        (self.data / "filler").unlink()

    def stop(self) -> None:
        if self.process and not self.has_ended():
            self.process.terminate()
            self.process.wait(200)

    def unmount(self) -> None:
        self.stop()
        self._holder.kill()
        self._holder.wait()

    def _here(self, *command: str) -> list[str]:
        """The command in the namespace of the disk, in the folder of the program."""
        return [
            "nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt",
            "sh", "-c", 'cd "$0" && exec "$@"', str(ROOT), *command,
        ]  # fmt: skip


def noise(number: int) -> bytes:
    """A photo of 400 KB that no two numbers share."""
    buffer = io.BytesIO()
    pixels = (number.to_bytes(4, "big") + os.urandom(1020)) * 400
    Image.frombytes("RGB", (320, 426), pixels[: 320 * 426 * 3]).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()
