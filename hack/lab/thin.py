#!/usr/bin/env python3
"""Copies an OCI archive without the blobs that a node has.

Usage: thin.py ARCHIVE DIGESTS-FILE OUTPUT

DIGESTS-FILE has one digest per line. The index, manifests and configs are always copied: they are small, and importing
starts from them.
"""

import json
import sys
import tarfile

BLOBS = "blobs/sha256/"


def main():
    archive, digests, output = sys.argv[1:]
    with open(digests) as file:
        present = {line.strip() for line in file}
    with tarfile.open(archive) as source, tarfile.open(output, "w") as target:
        layers = layers_of(source)
        for entry in source:
            digest = "sha256:" + entry.name.removeprefix(BLOBS)
            if digest in layers and digest in present:
                continue
            target.addfile(entry, source.extractfile(entry) if entry.isfile() else None)


def layers_of(source):
    index = read(source, "index.json")
    manifests = [read(source, blob(manifest)) for manifest in index["manifests"]]
    return {layer["digest"] for manifest in manifests for layer in manifest["layers"]}


def read(source, name):
    return json.load(source.extractfile(name))


def blob(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


if __name__ == "__main__":
    main()
