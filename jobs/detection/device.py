"""The torch device of a process, chosen when a run starts."""

import os
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class ComputeDevice:
    """``name`` is what torch calls it; ``description`` is for people, without words of any language."""

    name: str
    description: str
    mixed_precision: bool
    """Whether half precision is faster here. On a CPU it is slower and less exact, so it is never used."""


def choose_device(name: str | None = None) -> ComputeDevice:
    """``name`` is ``cpu`` or ``cuda``; None takes CUDA when torch sees a GPU, else the CPU."""
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        cores = len(os.sched_getaffinity(0))
        return ComputeDevice("cpu", f"CPU × {cores}", mixed_precision=False)
    gpu = torch.cuda.get_device_properties(name)
    return ComputeDevice(name, f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GB", mixed_precision=True)
