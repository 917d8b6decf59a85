"""FORMATS.md, "Rows": the commits of a row, the head that counts, and its value."""

import hashlib

from documents import document_id, open_document
from errors import Refused
from primitives import gcm_open


def _counter(commit, writer):
    return commit["clock"].get(writer.hex(), 0)


def _has_seen(a, b):
    return _counter(a, b["writer"]) >= _counter(b, b["writer"])


def _supersedes(a, b):
    return _has_seen(a, b) and not _has_seen(b, a)


def open_commits(signed, author, table, row):
    """Verified commits by id, of one row only, each with the sealed value that it names."""
    commits = {}
    for body, signature, sealed in signed:
        commit = open_document("row-commit", body, signature)
        if (commit["author"], commit["table"], commit["row"]) != (author, table, row):
            raise Refused("a commit of another row")
        if commit["value"] != (None if sealed is None else {"hash": hashlib.sha256(sealed).digest(), "sizeBytes": len(sealed)}):
            raise Refused("a value that its commit does not name")
        commit["sealed"] = sealed
        commits[document_id("row-commit", body)] = commit
    return commits


def heads(commits):
    """Those of a map from id to commit that stand side by side."""
    left = dict(commits)
    while True:
        top = [c for c in left.values() if not any(_supersedes(other, c) for other in left.values())]
        kept = {i: c for i, c in left.items() if not any(_supersedes(other, c) for other in top)}
        if len(kept) == len(left):
            return left
        left = kept


def current(commits):
    """The commit that a row stands for."""
    values = [(c["timeMs"], i, c) for i, c in heads(commits).items() if c["value"] is not None]
    if not values:
        raise Refused("no such row")
    return max(values, key=lambda head: head[:2])[2]


def open_value(commit, value_key):
    sealed = commit["sealed"]
    if sealed[0] != 1:
        raise Refused(f"a sealed value of format {sealed[0]}")
    associated = b"lunarx/row-value/1\0" + commit["author"] + commit["table"] + commit["row"]
    return gcm_open(value_key, sealed[1:13], sealed[13:], associated, "row value")
