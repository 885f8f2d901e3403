"""Makes the random numbers of a run a function of its seed and the iteration.

Every iteration starts its own sequence. So neither the validation photo nor a break in between changes what
the next iteration sees: a resumed run goes on with the losses of an uninterrupted one.
"""

import random

import numpy as np
import torch

BEFORE_TRAINING = 0
"""The place of the first weights in the sequence; iteration n has place n."""


def seed_everything(seed: int, place: int, rank: int = 0) -> None:
    """Seeds Python, NumPy and torch (CPU and GPU) for one place of the sequence, and of several processes for one."""
    sequence = [seed, place, rank] if rank else [seed, place]
    for_python, for_numpy, for_torch = np.random.SeedSequence(sequence).generate_state(3)
    random.seed(int(for_python))
    np.random.seed(int(for_numpy))
    torch.manual_seed(int(for_torch))
