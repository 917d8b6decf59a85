"""DAG-CBOR as far as FORMATS.md needs it, in its one canonical form: what is written otherwise is refused."""

from errors import Refused

UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG, SIMPLE = range(8)
VALUES = {20: False, 21: True, 22: None}


def encode(value):
    if value is None or isinstance(value, bool):
        return bytes([0xF6 if value is None else 0xF4 + value])
    if isinstance(value, int):
        return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        return _head(TEXT, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(LIST, len(value)) + b"".join(map(encode, value))
    keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
    return _head(MAP, len(value)) + b"".join(encode(key) + encode(value[key]) for key in keys)


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in range(4) if number < 1 << (8 << size))
    return bytes([major << 5 | 24 + size]) + number.to_bytes(1 << size)


def decode(data):
    value, end = _value(data, 0)
    if end != len(data) or encode(value) != data:
        raise Refused("not canonical DAG-CBOR")
    return value


def _value(data, at):
    if at >= len(data):
        raise Refused("DAG-CBOR ends too early")
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == SIMPLE and low in VALUES:
        return VALUES[low], at
    if major in (TAG, SIMPLE) or low > 27:
        raise Refused(f"DAG-CBOR of a kind that no format here has: {major}/{low}")
    size = 1 << low - 24 if low > 23 else 0
    number = int.from_bytes(data[at : at + size]) if size else low
    return _content(major, number, data, at + size)


def _content(major, number, data, at):
    if major in (UNSIGNED, NEGATIVE):
        return (number if major == UNSIGNED else -1 - number), at
    if number > len(data) - at:
        raise Refused("DAG-CBOR ends too early")
    if major in (BYTES, TEXT):
        content = data[at : at + number]
        return (content if major == BYTES else content.decode()), at + number
    values = []
    for _ in range(number if major == LIST else 2 * number):
        value, at = _value(data, at)
        values.append(value)
    if major == LIST:
        return values, at
    keys = values[::2]
    if not all(isinstance(key, str) for key in keys):
        raise Refused("a key of a map is not text")
    return dict(zip(keys, values[1::2], strict=True)), at
