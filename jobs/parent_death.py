"""Kills a process together with its parent: an orphan would continue training unsupervised."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """From now on the kernel sends this process the signal when its parent ends for any reason.

    ``PR_SET_PDEATHSIG``; a child that is an orphan already ends here.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() == 1:
        os._exit(1)
