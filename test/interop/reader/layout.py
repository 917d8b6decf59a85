"""FORMATS.md, "Segment": the sizes of a set, from k and the length of the plaintext."""

from dataclasses import dataclass

FRAME = 262_144
TAG = 16
SHARE = 65_536
WATERMARK = 16


def _ceil(a, b):
    return -(-a // b)


@dataclass(frozen=True)
class Layout:
    required: int
    plaintext_bytes: int
    sealed_bytes: int

    @property
    def frames(self):
        return _ceil(self.sealed_bytes, FRAME + TAG)

    @property
    def data_shard_bytes(self):
        return self.sealed_bytes // self.required

    @property
    def watermarks(self):
        return min(128, self.data_shard_bytes // 1_600)

    @property
    def shard_bytes(self):
        return self.data_shard_bytes + WATERMARK * self.watermarks


def layout(required, plaintext_bytes):
    sealed = plaintext_bytes + TAG * _ceil(plaintext_bytes, FRAME)
    while sealed % required or 0 < sealed % (FRAME + TAG) <= TAG:
        sealed += 1
    return Layout(required, plaintext_bytes, sealed)


def gathered(ciphertexts, shape):
    """"Stripes": the sealed segment from the ciphertexts of the data shards."""
    stripes = []
    for at in range(0, shape.data_shard_bytes, SHARE):
        stripes += [ciphertext[at : at + SHARE] for ciphertext in ciphertexts]
    return b"".join(stripes)
