"""FORMATS.md, "Peer ids": Ed25519 key and text."""

from errors import Refused

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PREFIX = bytes([0x00, 0x24, 0x08, 0x01, 0x12, 0x20])


def peer_id(key):
    data = PREFIX + key
    zeros = len(data) - len(data.lstrip(b"\0"))
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * zeros + text


def key_of(peer):
    number = 0
    for letter in peer:
        number = number * 58 + ALPHABET.index(letter)
    data = number.to_bytes(38)
    if not data.startswith(PREFIX) or peer_id(data[6:]) != peer:
        raise Refused(f"not a peer id: {peer}")
    return data[6:]
