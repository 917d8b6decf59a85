"""FORMATS.md, "Frames": the plaintext of a sealed segment, and the key of an object."""

from errors import Refused
from layout import FRAME, TAG
from primitives import gcm_open, hkdf, hmac

SUITE = b"aes-256-gcm"


def opened(sealed, shape, data_key, salt, segment_index):
    key = hkdf(data_key, salt, b"lunarx/segment-key/1\0" + SUITE)
    associated = b"lunarx/frame/1\0" + SUITE + b"\0" + segment_index.to_bytes(4) + shape.plaintext_bytes.to_bytes(4)
    plaintext = []
    for i in range(shape.frames):
        nonce = bytes(7) + i.to_bytes(4) + bytes([i == shape.frames - 1])
        frame = sealed[i * (FRAME + TAG) : (i + 1) * (FRAME + TAG)]
        plaintext.append(gcm_open(key, nonce, frame, associated, f"frame {i}"))
    padded = b"".join(plaintext)
    if any(padded[shape.plaintext_bytes :]):
        raise Refused("padding is not zero")
    return padded[: shape.plaintext_bytes]


def commitment(data_key):
    return hmac(data_key, b"lunarx/key-commitment/1\0")


def unwrapped(wrapping_key, wrapped, key_commitment):
    associated = b"lunarx/wrap-key/1\0" + key_commitment
    data_key = gcm_open(wrapping_key, wrapped[:12], wrapped[12:], associated, "wrapped data key")
    if commitment(data_key) != key_commitment:
        raise Refused("wrong key: key commitment")
    return data_key
