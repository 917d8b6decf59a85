#!/usr/bin/env python3
"""JSON schemas for kubeconform, made offline from an OpenAPI document of Kubernetes.

Usage: schemas.py SWAGGER.json FOLDER

The document is api/openapi-spec/swagger.json of the Go module k8s.io/kubernetes, or what a running apiserver answers to
`kubectl get --raw /openapi/v2`. The schemas are strict: an unknown property is an error.
"""

import copy
import json
import os
import sys

OVERRIDES = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
# Formats that JSON schema does not know, or means otherwise.
FOREIGN_FORMATS = ("int-or-string", "byte", "int32", "int64", "double")


def main():
    source, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with open(source) as file:
        definitions = json.load(file)["definitions"]
    schemas = {}
    for name, definition in definitions.items():
        kinds = definition.get("x-kubernetes-group-version-kind", [])
        schemas[name] = strict(convert(OVERRIDES.get(name, definition)))
        if len(kinds) == 1:  # those with more are ListOptions, DeleteOptions and the like
            write(folder, file_name(kinds[0]), top_level(schemas[name], kinds[0]))
    write(folder, "_definitions.json", {"definitions": schemas})


def convert(value, are_keys_names=False):
    """Points references at our file and drops what is not JSON schema. In `properties` keys are names, not words of the schema."""
    if isinstance(value, list):
        return [convert(item) for item in value]
    if not isinstance(value, dict):
        return value
    if are_keys_names:
        return {key: convert(item) for key, item in value.items()}
    if isinstance(value.get("$ref"), str):
        return {"$ref": "_definitions.json" + value["$ref"]}
    converted = {
        key: convert(item, are_keys_names=key == "properties")
        for key, item in value.items()
        if not key.startswith("x-kubernetes-")
    }
    if converted.get("format") in FOREIGN_FORMATS:
        del converted["format"]
    return converted


def strict(schema):
    properties = schema.get("properties")
    if properties is None:
        return schema
    if schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    for name, property_ in properties.items():  # an absent optional value may be written as null
        if name not in schema.get("required", []) and isinstance(property_.get("type"), str):
            property_["type"] = [property_["type"], "null"]
    return schema


def top_level(schema, kind):
    schema = copy.deepcopy(schema)
    if "kind" in schema.get("properties", {}):
        version = "/".join(filter(None, [kind["group"], kind["version"]]))
        schema["properties"]["kind"] = {"type": "string", "enum": [kind["kind"]]}
        schema["properties"]["apiVersion"] = {"type": "string", "enum": [version]}
        schema["required"] = sorted({*schema.get("required", []), "kind", "apiVersion"})
    return schema


def file_name(kind):
    """What kubeconform makes of {{.ResourceKind}}{{.KindSuffix}}."""
    group = kind["group"].split(".")[0]
    return "-".join(filter(None, [kind["kind"].lower(), group, kind["version"]])) + ".json"


def write(folder, name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file)


if __name__ == "__main__":
    main()
