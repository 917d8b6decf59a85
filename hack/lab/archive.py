#!/usr/bin/env python3
"""Writes an OCI image archive of one layer from a folder: reproducible, without registry or daemon.

Layers are not compressed: then the digest of a blob is the digest of its content, whoever wrote the archive, and a node
that has the layer from one image recognises it in every other one.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import tarfile
import tempfile

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="name of the image, with its tag")
    parser.add_argument("--config", default="{}", help="the image's config, as JSON")
    parser.add_argument("--output", required=True, help="path of the archive")
    parser.add_argument("root", help="folder that becomes the layer")
    options = parser.parse_args()
    with tempfile.TemporaryFile(dir=os.path.dirname(options.output)) as layer:
        write_layer(options.root, layer)
        draft = options.output + ".new"
        write_archive(draft, options.name, json.loads(options.config), layer)
    os.rename(draft, options.output)


def write_layer(root, file):
    """Sorted, without times; owners and modes are kept."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(folders + files):
                path = os.path.join(folder, name)
                entry = tar.gettarinfo(path, os.path.relpath(path, root))
                entry.uname = entry.gname = ""
                entry.mtime = 0
                if entry.isfile():
                    with open(path, "rb") as content:
                        tar.addfile(entry, content)
                else:
                    tar.addfile(entry)


def write_archive(path, name, config, layer):
    architecture = ARCHITECTURES[platform.machine()]
    layer_descriptor = describe_file(layer)
    config_bytes = encode({
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [layer_descriptor["digest"]]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "hack/lab/archive.py"}],
    })
    manifest_bytes = encode({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, **describe(config_bytes)},
        "layers": [{"mediaType": LAYER, **layer_descriptor}],
    })
    index_bytes = encode({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{
            "mediaType": MANIFEST,
            **describe(manifest_bytes),
            "platform": {"architecture": architecture, "os": "linux"},
            "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name},
        }],
    })
    with tarfile.open(path, "w") as tar:
        add(tar, "oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
        add(tar, "index.json", index_bytes)
        for content in (config_bytes, manifest_bytes):
            add(tar, blob_path(describe(content)), content)
        entry = tarfile.TarInfo(blob_path(layer_descriptor))
        entry.size, entry.mode = layer_descriptor["size"], 0o644
        layer.seek(0)
        tar.addfile(entry, layer)


def encode(value):
    return json.dumps(value).encode()


def describe(content):
    return {"digest": "sha256:" + hashlib.sha256(content).hexdigest(), "size": len(content)}


def describe_file(file):
    file.seek(0)
    digest = hash_file(file)
    return {"digest": "sha256:" + digest, "size": file.seek(0, os.SEEK_END)}


def hash_file(file):
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def blob_path(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


def add(tar, path, content):
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main()
