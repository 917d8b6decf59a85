"""FORMATS.md, "Owner keys": what one secret of 32 bytes gives."""

from primitives import hkdf, hmac, public_key


def derive(key, label):
    return hkdf(key, b"", b"lunarx/owner/1\0" + label.encode())


class OwnerKeys:
    def __init__(self, secret):
        self._secret = secret
        self.identity = public_key(derive(secret, "identity"))
        self.wrapping_key = derive(secret, "wrapping")

    def position_key(self, slot):
        return derive(derive(self._secret, "audit"), f"position/{slot}")

    def table(self, name):
        return TableKeys(derive(self._secret, f"table/{name}"))


class TableKeys:
    def __init__(self, key):
        self._key = key
        self._token_key = derive(key, "token")
        self.token = hmac(self._token_key, b"table\0")

    def row_token(self, name):
        return hmac(self._token_key, b"row\0", name.encode())

    def value_key(self, column, row):
        return hkdf(derive(self._key, f"column/{column}"), row, b"lunarx/value-key/1\0")


def read_key(data_key, salt):
    return public_key(hkdf(data_key, salt, b"lunarx/read-key/1\0"))
