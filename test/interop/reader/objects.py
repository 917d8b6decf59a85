"""FORMATS.md, "Manifests": an object from its owner's secret, the commits of its row and a way to shards."""

from dag_cbor import decode
from documents import document_id, open_document
from errors import Refused
from frames import SUITE, unwrapped
from owner_keys import OwnerKeys, read_key
from primitives import hmac
from rows import current, open_commits, open_value
from segment import open_segment


def open_manifest(keys, name, signed_commits):
    table = keys.table("objects")
    row = table.row_token(name)
    commit = current(open_commits(signed_commits, keys.identity, table.token, row))
    manifest = decode(open_value(commit, table.value_key("manifest", row)))
    if manifest["version"] != 1 or manifest["name"] != name:
        raise Refused("a manifest of another name or format")
    return manifest


def read_object(secret, name, signed_commits, record_of, shards_of):
    """`record_of(id)` gives a signed segment record, `shards_of(id)` a map from index to bytes."""
    keys = OwnerKeys(secret)
    version = open_manifest(keys, name, signed_commits)["versions"][0]
    content = version["content"]
    if content["kind"] == "inline":
        plaintext = content["bytes"]
    else:
        plaintext = b"".join(_segments(keys, content, record_of, shards_of))
    if len(plaintext) != version["sizeBytes"]:
        raise Refused("the object has another size")
    return plaintext


def _segments(keys, content, record_of, shards_of):
    if content["suite"].encode() != SUITE:
        raise Refused(f"unknown suite {content['suite']}")
    data_key = unwrapped(keys.wrapping_key, content["wrappedDataKey"], content["keyCommitment"])
    yield from _under(content["root"], 0, keys, content, data_key, record_of, shards_of)


def _under(node, first, keys, content, data_key, record_of, shards_of):
    """Plaintexts of the segments under a node, whose first has this place in the object."""
    level = node["level"]
    for entry in node["entries"]:
        _check_record(keys, content, entry, data_key, *record_of(entry["id"]))
        plaintext = open_segment(
            shards_of(entry["id"]), entry["addresses"], content["required"], entry["plaintextBytes"], level * 2**28 + first, data_key,
            entry["salt"], entry["positionSeeds"],
        )
        if level == 0:
            yield plaintext
            first += 1
            continue
        below = decode(plaintext)
        if below["level"] != level - 1:
            raise Refused("a node of another level")
        yield from _under(below, first, keys, content, data_key, record_of, shards_of)
        first += entry["under"]["segments"]


def _check_record(keys, content, segment, data_key, body, signature):
    """The record says the same as the manifest, and both follow from the owner's keys."""
    record = open_document("segment-record", body, signature)
    seeds = [hmac(keys.position_key(slot), b"lunarx/position-seed/1\0", segment["salt"]) for slot in range(8)]
    claims = {
        "id": document_id("segment-record", body) == segment["id"],
        "owner": record["owner"] == keys.identity == content["owner"],
        "code": (record["required"], record["parity"]) == (content["required"], content["parity"]),
        "addresses": record["addresses"] == segment["addresses"],
        "salt": record["salt"] == segment["salt"],
        "read key": record["readKey"] == read_key(data_key, segment["salt"]),
        "position seeds": seeds == segment["positionSeeds"],
    }
    for claim, holds in claims.items():
        if not holds:
            raise Refused(f"manifest and segment record differ: {claim}")
