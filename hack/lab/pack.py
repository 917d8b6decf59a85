#!/usr/bin/env python3
"""Packs an image that was pushed to a folder (the `dir:` transport) as an OCI archive.

Usage: pack.py FOLDER NAME OUTPUT

buildah compresses every layer that it pushes to an OCI archive itself, and so gives it a new digest; to a folder it
leaves them as they are.
"""

import json
import os
import sys
import tarfile

from archive import INDEX, MANIFEST, add, blob_path, describe, encode


def main():
    folder, name, output = sys.argv[1:]
    with open(os.path.join(folder, "manifest.json"), "rb") as file:
        manifest_bytes = file.read()
    manifest = json.loads(manifest_bytes)
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{
            "mediaType": MANIFEST,
            **describe(manifest_bytes),
            "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name},
        }],
    }
    draft = output + ".new"
    with tarfile.open(draft, "w") as tar:
        add(tar, "oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
        add(tar, "index.json", encode(index))
        add(tar, blob_path(describe(manifest_bytes)), manifest_bytes)
        digests = {descriptor["digest"] for descriptor in [manifest["config"], *manifest["layers"]]}
        for digest in sorted(digests):
            tar.add(os.path.join(folder, digest.removeprefix("sha256:")), blob_path({"digest": digest}))
    os.rename(draft, output)


if __name__ == "__main__":
    main()
