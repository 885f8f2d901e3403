"""Masks of the brush: against a plain encoder of the published packing, over all its forms."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from webapp.formats.labelstudio.brush_mask import decode_brush
from webapp.formats.masks.rle import RleInvalid, encode_mask


def chances(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not a secret


def packed(words: list[int], sizes: list[int], word_size: int, chance: random.Random) -> list[int]:
    """The words in chunks of random lengths, repeated ones as runs and some of them one by one."""
    bits = f"{len(words):032b}{word_size - 1:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    at = 0
    while at < len(words):
        which = chance.randrange(4)
        length = chance.randint(1, min(1 << sizes[which], len(words) - at))
        same = next((n for n in range(1, length) if words[at + n] != words[at]), length)
        is_run = same == length or chance.random() < 0.5
        length = same if is_run else length
        bits += f"{is_run:d}{which:02b}{length - 1:0{sizes[which]}b}"
        bits += "".join(f"{word:0{word_size}b}" for word in words[at : at + (1 if is_run else length)])
        at += length
    bits += "0" * (-len(bits) % 8)
    return [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]


def rgba(mask: NDArray[np.bool_], inside: list[int], outside: list[int]) -> list[int]:
    return np.where(mask[..., None], inside, outside).ravel().tolist()


@pytest.mark.parametrize("seed", range(60))
def test_every_form_of_the_packing(seed: int) -> None:
    chance = chances(seed)
    numbers = np.random.default_rng(seed)
    height, width = numbers.integers(1, 25, 2)
    mask = numbers.random((height, width)) < chance.choice([0.02, 0.3, 0.95])
    words = rgba(mask, chance.choice([[255] * 4, [7, 200, 0, 130]]), chance.choice([[0] * 4, [9, 9, 9, 0]]))
    sizes = chance.choice([[3, 4, 8, 16], [chance.randint(1, 16) for _ in range(4)]])
    data = packed(words, sizes, chance.choice([8, 8, 13]), chance)
    assert decode_brush(data, int(width), int(height)) == (encode_mask(mask) if mask.any() else None)


def test_one_channel_is_read_too() -> None:
    mask = np.eye(5, dtype=bool)
    data = packed(mask.ravel().astype(int).tolist(), [3, 4, 8, 16], 8, chances(1))
    assert decode_brush(data, 5, 5) == encode_mask(mask)


@pytest.mark.parametrize("data", [None, [], [0] * 6, [1, 2, 3], ["a"], [-1] * 9, [256] * 9, [0.5] * 9])
def test_what_is_no_packing_is_refused(data: object) -> None:
    with pytest.raises(RleInvalid):
        decode_brush(data, 5, 5)


def test_a_packing_that_is_cut_off_is_refused() -> None:
    chance = chances(3)
    words = rgba(np.eye(9, dtype=bool), [255] * 4, [0] * 4)
    data = packed(words, [3, 4, 8, 16], 8, chance)
    for length in range(len(data) - 1):
        with pytest.raises(RleInvalid):
            decode_brush(data[:length], 9, 9)


def test_another_number_of_pixels_is_refused() -> None:
    data = packed(rgba(np.eye(9, dtype=bool), [255] * 4, [0] * 4), [3, 4, 8, 16], 8, chances(3))
    with pytest.raises(RleInvalid):
        decode_brush(data, 9, 8)
