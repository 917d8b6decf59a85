"""Trims published vectors to what the engines here do. Needs Python 3.11 and, for the sources, Go:

  go mod download -json github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a   prints `Dir`
  go env GOROOT                                                                         has src/crypto/hpke/testdata/rfc9180.json
  python3 trim.py DIR GOROOT

Written beside this file: one JSON per algorithm, {source, licence, cases}. A case is the published one without comments and flags.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
WYCHEPROOF = "C2SP/wycheproof 3fa63dd0344a, testvectors_v1/"
MAX_HEX = 1200


def wycheproof(folder, name, wanted, fields):
    groups = json.loads((folder / "testvectors_v1" / name).read_text())["testGroups"]
    cases = []
    for group in groups:
        if not wanted(group):
            continue
        for test in group["tests"]:
            case = {key: test[key] for key in fields if key in test}
            if "publicKey" in group and "pk" in group["publicKey"]:
                case["pk"] = group["publicKey"]["pk"]
            if all(len(value) <= MAX_HEX for value in case.values() if isinstance(value, str)):
                cases.append(case)
    return {"source": WYCHEPROOF + name, "licence": "Apache-2.0", "cases": cases}


def hpke(goroot):
    every = json.loads((goroot / "src/crypto/hpke/testdata/rfc9180.json").read_text())
    cases = [case for case in every if (case["kem_id"], case["kdf_id"], case["aead_id"]) == (0x20, 1, 2)]
    wanted = ("info", "ikmE", "ikmR", "skRm", "pkRm", "enc", "encryptions_accumulated")
    return {
        "source": "RFC 9180 test vectors as in Go 1.26, src/crypto/hpke/testdata/rfc9180.json: DHKEM(X25519), HKDF-SHA256, AES-256-GCM",
        "licence": "BSD-3-Clause",
        "cases": [{key: case[key] for key in wanted} for case in cases],
    }


def main(folder, goroot):
    aead = ("tcId", "key", "iv", "aad", "msg", "ct", "tag", "result")
    is_aead = lambda nonce: lambda group: (group["keySize"], group["ivSize"], group["tagSize"]) == (256, nonce, 128)
    files = {
        "aes-256-gcm": wycheproof(folder, "aes_gcm_test.json", is_aead(96), aead),
        "xchacha20-poly1305": wycheproof(folder, "xchacha20_poly1305_test.json", is_aead(192), aead),
        "hkdf-sha256": wycheproof(folder, "hkdf_sha256_test.json", lambda _: True, ("tcId", "ikm", "salt", "info", "size", "okm", "result")),
        "hmac-sha256": wycheproof(folder, "hmac_sha256_test.json", lambda group: group["tagSize"] == 256, ("tcId", "key", "msg", "tag", "result")),
        "ed25519": wycheproof(folder, "ed25519_test.json", lambda _: True, ("tcId", "msg", "sig", "result")),
        "x25519": wycheproof(folder, "x25519_test.json", lambda _: True, ("tcId", "public", "private", "shared", "result")),
        "hpke": hpke(goroot),
    }
    for name, content in files.items():
        head = {key: value for key, value in content.items() if key != "cases"}
        lines = ",\n".join("    " + json.dumps(case) for case in content["cases"])
        text = json.dumps(head, indent=2)[:-2] + ',\n  "cases": [\n' + lines + "\n  ]\n}\n"
        (HERE / f"{name}.json").write_text(text)
        print(name, len(content["cases"]))


main(Path(sys.argv[1]), Path(sys.argv[2]))
