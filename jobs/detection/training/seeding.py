"""Makes the random numbers of a run a function of its seed and the iteration.

Every iteration starts its own sequence, so neither the validation photo nor an interruption changes the next
iteration: a resumed run has the losses of an uninterrupted one.
"""

import random

import numpy as np
import torch

BEFORE_TRAINING = 0
"""Place of the weight initialisation in the sequence; iteration n has place n."""


def seed_everything(seed: int, place: int, rank: int = 0) -> None:
    """Seeds Python, NumPy and torch (CPU and GPU) for one place in the sequence and one process (``rank``)."""
    sequence = [seed, place, rank] if rank else [seed, place]
    for_python, for_numpy, for_torch = np.random.SeedSequence(sequence).generate_state(3)
    random.seed(int(for_python))
    np.random.seed(int(for_numpy))
    torch.manual_seed(int(for_torch))
