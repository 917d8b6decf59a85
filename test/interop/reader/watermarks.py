"""FORMATS.md, "Watermarks": where they are, and the ciphertext around them."""

from layout import WATERMARK
from primitives import hkdf

SLOTS = 8


def places(shape, position_seeds):
    size, count = shape.data_shard_bytes, shape.watermarks
    draws = [hkdf(seed, b"", b"lunarx/place/1\0", 128) for seed in position_seeds]
    found = []
    for t in range(count):
        start, end = t * size // count, (t + 1) * size // count
        draw = int.from_bytes(draws[t % SLOTS][t // SLOTS * 8 :][:8])
        found.append(start + draw % (end - start))
    return found


def stripped(shard, at):
    pieces, start = [], 0
    for t, place in enumerate(at):
        pieces.append(shard[start : place + WATERMARK * t])
        start = place + WATERMARK * (t + 1)
    return b"".join([*pieces, shard[start:]])
