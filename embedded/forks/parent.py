"""``python -m embedded.forks.parent SOCKET MODULE...``: imports the modules, then forks for each program that asks.

What is only read stays in memory once, and a program starts at once (docs/decisions/0087-one-process-loads.md).
A program is ``embedded/forks/program.py``; it stays connected as long as what was forked for it runs.

At a fork this process has one thread and has not initialised CUDA: both would not survive it.
"""

import gc
import importlib
import logging
import os
import runpy
import selectors
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embedded.forks import titles
from embedded.forks.orders import Order, receive
from jobs.parent_death import die_with_parent

SECONDS_FOR_AN_ORDER = 5
ENDING = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger(__name__)


@dataclass
class Child:
    """A forked process and the program that asked for it; ``program`` is None once that is gone."""

    pid: int
    handle: int
    """A descriptor of the process (pidfd): it is readable when the process has ended, and names no other ever."""
    program: socket.socket | None

    def signal(self, number: int) -> None:
        """Nothing happens where it has ended already."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, number)


@dataclass
class Forked:
    """What the forked process is to become."""

    order: Order
    output: list[int]


class Parent:
    """Forks until SIGTERM; then its children get SIGTERM too, and it ends after the last one."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._children: list[Child] = []
        self._ending = False
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def serve(self) -> Forked | None:
        """Returns None at the end, and in each forked process what that has to do."""
        signal.set_wakeup_fd(self._wake.fileno())
        for name in ENDING:
            signal.signal(name, self._end)
        self._listener.listen()
        while self._children or not self._ending:
            for key, _events in self._selector.select():
                if key.fileobj is self._listener:
                    forked = self._accept()
                    if forked is not None:
                        return forked
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif isinstance(key.data, Child):
                    self._attend(key.data, key.fileobj)
        return None

    def _end(self, *_signal: object) -> None:
        self._ending = True
        for child in self._children:
            child.signal(signal.SIGTERM)

    def _accept(self) -> Forked | None:
        """Forks; returns what to become in the child, None in the parent."""
        program, _address = self._listener.accept()
        program.settimeout(SECONDS_FOR_AN_ORDER)
        try:
            order, output = receive(program)
        except (OSError, ValueError) as error:
            _log.warning("no order came: %s", error)
            program.close()
            return None
        # A signal waits until it is clear whose it is.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            pid = os.fork()
            if pid == 0:
                self._forget()
                program.close()
                return Forked(order, output)
            child = Child(pid, os.pidfd_open(pid), program)
            self._children.append(child)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        if self._ending:
            child.signal(signal.SIGTERM)
        self._selector.register(program, selectors.EVENT_READ, child)
        self._selector.register(child.handle, selectors.EVENT_READ, child)
        for descriptor in output:
            os.close(descriptor)
        return None

    def _attend(self, child: Child, ready: object) -> None:
        """The child has ended, or its program sent signals or is gone."""
        if child.program is not None and ready is child.program:
            try:
                signals = child.program.recv(64)
            except OSError:
                signals = b""
            for number in signals:
                child.signal(number)
            if not signals:
                child.signal(signal.SIGTERM)
                self._selector.unregister(child.program)
                child.program.close()
                child.program = None
        elif child in self._children:
            self._children.remove(child)
            _pid, status = os.waitpid(child.pid, 0)
            self._selector.unregister(child.handle)
            os.close(child.handle)
            if child.program is not None:
                with suppress(OSError):
                    child.program.send(str(os.waitstatus_to_exitcode(status)).encode())
                self._selector.unregister(child.program)
                child.program.close()
                child.program = None

    def _forget(self) -> None:
        """In a forked process: what is the parent's alone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for end in (self._listener, self._woken, self._wake):
            end.close()
        for child in self._children:
            os.close(child.handle)
            if child.program is not None:
                child.program.close()


def become(forked: Forked) -> None:
    """Run the module as ``python -m`` does: under that name in ``ps``, with the output of its program."""
    # As the supervisor's other programs: told to end in order when what is above is gone (embedded/start.py).
    die_with_parent(signal.SIGTERM)
    for target, descriptor in enumerate(forked.output, start=1):
        os.dup2(descriptor, target)
        os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Where the program was not started in this session, its group is out of reach, and the process stays in ours.
    with suppress(OSError):
        os.setpgid(0, forked.order.process_group)
    module, arguments = forked.order.module, forked.order.arguments
    titles.set_title([sys.executable, "-m", module, *arguments])
    sys.argv = [module, *arguments]
    # A module is run under the name __main__, not as what was imported; of a package it is the module __main__ in it.
    if not hasattr(sys.modules.get(module), "__path__"):
        sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def load(modules: Iterable[str]) -> None:
    """Import them, and keep what is loaded out of every collection of garbage, which would copy it in each child."""
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    gc.enable()


def main(path: str, *modules: str) -> None:
    """Until SIGTERM or SIGINT."""
    # OpenBLAS starts threads when it is imported; torch, which computes, has threads of its own when it needs them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # torch.cuda.is_available() must not initialise CUDA in a process that forks, this one or a worker.
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    load(modules)
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        _log.warning("%d threads at a fork: what they hold is lost in each process", threads)
    forked = Parent(Path(path)).serve()
    if forked is not None:
        become(forked)


if __name__ == "__main__":
    main(*sys.argv[1:])
