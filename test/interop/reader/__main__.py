"""An independent reader of LunarX's formats, written from docs/FORMATS.md. It shares no code with the project.

    python reader COMMAND < QUESTION.json

Bytes in questions and answers are hex; shards are files. What does not verify ends it with status 3 and one line on standard error.

    segment   the plaintext of a set, to standard output
    document  id, peer ids and value of a signed document, as JSON
    address   of a file, as JSON
    heads     ids of the heads of each of many sets of commits, as JSON
    object    the bytes of an object, to standard output, from its owner's secret, the commits of its row, records and shards
"""

import json
import sys
from pathlib import Path

from address import address, address_text
from documents import document_id, open_document
from errors import Refused
from objects import read_object
from peer_id import peer_id
from rows import heads
from segment import open_segment


def _unhex(values):
    return [bytes.fromhex(value) for value in values]


def _shards(paths):
    return {int(index): Path(path).read_bytes() for index, path in paths.items()}


def _signed(document):
    return bytes.fromhex(document["body"]), bytes.fromhex(document["signature"])


def _valued(commit):
    sealed = commit["sealed"]
    return *_signed(commit), None if sealed is None else bytes.fromhex(sealed)


def _plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def segment(q):
    return open_segment(
        _shards(q["shards"]), _unhex(q["addresses"]), q["required"], q["plaintextBytes"], q["segmentIndex"], bytes.fromhex(q["dataKey"]),
        bytes.fromhex(q["salt"]), _unhex(q["positionSeeds"]),
    )


def document(q):
    known = bytes.fromhex(q["knownKey"]) if "knownKey" in q else None
    body, signature = _signed(q)
    value = open_document(q["kind"], body, signature, known)
    peer = peer_id(known) if known else None
    return {"id": document_id(q["kind"], body).hex(), "knownPeer": peer, "value": _plain(value)}


def shard_address(q):
    digest = address(Path(q["file"]).read_bytes())
    return {"address": digest.hex(), "text": address_text(digest)}


def heads_of_sets(q):
    rows = [{c["id"]: {"writer": bytes.fromhex(c["writer"]), "clock": c["clock"]} for c in commits} for commits in q["sets"]]
    return [sorted(heads(commits)) for commits in rows]


def whole_object(q):
    sets = q["sets"]
    return read_object(
        bytes.fromhex(q["ownerSecret"]), q["name"], [_valued(commit) for commit in q["commits"]],
        lambda id: _signed(sets[id.hex()]["record"]), lambda id: _shards(sets[id.hex()]["shards"]),
    )


COMMANDS = {"segment": segment, "document": document, "address": shard_address, "heads": heads_of_sets, "object": whole_object}


def main():
    answer = COMMANDS[sys.argv[1]](json.load(sys.stdin))
    sys.stdout.buffer.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())


try:
    main()
except Refused as refused:
    print(refused, file=sys.stderr)
    sys.exit(3)
