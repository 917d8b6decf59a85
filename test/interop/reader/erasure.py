"""FORMATS.md, "Erasure": data shards from any k of the n."""

from gf256 import combined, inverse, power, product


def matrix(required, total):
    vandermonde = [bytes(power(r, c) for c in range(required)) for r in range(total)]
    return product(vandermonde, inverse(vandermonde[:required]))


def data_shards(shards, required, total):
    """`shards` is a map from index to bytes, with at least k entries."""
    if all(i in shards for i in range(required)):
        return [shards[i] for i in range(required)]
    rows = matrix(required, total)
    chosen = sorted(shards)[:required]
    back = inverse([rows[i] for i in chosen])
    return [shards[i] if i in shards else combined(back[i], [shards[j] for j in chosen]) for i in range(required)]
