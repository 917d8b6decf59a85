"""FORMATS.md, "Address": the Merkle root of a shard."""

from base64 import b32encode
from hashlib import sha256

LEAF = 16_384


def _top(hashes):
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1" + _top(hashes[:left]) + _top(hashes[left:])).digest()


def address(shard):
    leaves = [shard[at : at + LEAF] for at in range(0, len(shard), LEAF)] or [b""]
    top = _top([sha256(b"\0" + leaf).digest() for leaf in leaves])
    return sha256(b"\2" + len(shard).to_bytes(8) + top).digest()


def _varint(number):
    low = [number >> shift & 0x7F for shift in range(0, number.bit_length(), 7)]
    return bytes([septet | 0x80 for septet in low[:-1]] + low[-1:])


def address_text(digest):
    cid = b"\1" + _varint(0x304C58) + b"\x12\x20" + digest
    return "b" + b32encode(cid).decode().rstrip("=").lower()
