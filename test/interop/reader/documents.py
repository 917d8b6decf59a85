"""FORMATS.md, "Signed documents": ids, signers and signatures."""

from hashlib import sha256

from dag_cbor import decode
from errors import Refused
from peer_id import key_of
from primitives import verify

BY_KEY = {"segment-record": "owner", "tombstone": "owner", "row-commit": "author"}
BY_PEER = {"reservation": "provider", "receipt": "provider", "grant": "tracker", "enrolment": "peer"}
BY_KNOWN_KEY = ("credential", "epoch", "read-request")


def prefix(kind):
    return b"lunarx/" + kind.encode() + b"/1\0"


def document_id(kind, body):
    return sha256(prefix(kind) + body).digest()


def signer_of(kind, value, known_key):
    if kind in BY_KEY:
        return value[BY_KEY[kind]]
    if kind in BY_PEER:
        return key_of(value[BY_PEER[kind]])
    if kind in BY_KNOWN_KEY and known_key is not None:
        return known_key
    raise Refused(f"nobody is known who signs a {kind}")


def open_document(kind, body, signature, known_key=None):
    """The value of a document, if its signature verifies. `known_key`: network key or read key, for kinds that name no signer."""
    value = decode(body)
    verify(signer_of(kind, value, known_key), prefix(kind) + body, signature, kind)
    return value
