"""From any k shards of a set to its plaintext: check addresses, decode, strip, gather, decrypt."""

from address import address
from erasure import data_shards
from errors import Refused
from frames import opened
from layout import gathered, layout
from watermarks import places, stripped


def open_segment(shards, addresses, required, plaintext_bytes, segment_index, data_key, salt, position_seeds):
    """`shards` is a map from index to bytes."""
    shape = layout(required, plaintext_bytes)
    for index, shard in sorted(shards.items()):
        if address(shard) != addresses[index]:
            raise Refused(f"bad address: shard {index}")
        if len(shard) != shape.shard_bytes:
            raise Refused(f"bad length: shard {index} has {len(shard)} bytes, not {shape.shard_bytes}")
    if len(shards) < required:
        raise Refused(f"too few shards: {len(shards)} of {required}")
    at = places(shape, position_seeds)
    ciphertexts = [stripped(shard, at) for shard in data_shards(shards, required, len(addresses))]
    return opened(gathered(ciphertexts, shape), shape, data_key, salt, segment_index)
