// Command generator writes the golden vectors of docs/FORMATS.md.
//
// It is a second implementation, from that page and not from the TypeScript: Go's standard library for hashes, HKDF and AES-GCM,
// klauspost/reedsolomon for the code. Run it in this folder: go run .
//
// With the argument "isal" it writes erasure-isal.json alone, by ISA-L (see isal.go).
//
// With the argument "answer" it writes nothing, but makes the cases that it is asked for on standard input (see answer.go).
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// stream is the vectors' source of bytes: SHA-256(seed ‖ u32(0)) ‖ SHA-256(seed ‖ u32(1)) ‖ …, cut to length.
func stream(seed string, length int) []byte {
	out := make([]byte, 0, length+sha256.Size)
	for block := uint32(0); len(out) < length; block++ {
		sum := sha256.Sum256(append([]byte(seed), u32(block)...))
		out = append(out, sum[:]...)
	}
	return out[:length]
}

func u32(x uint32) []byte { return binary.BigEndian.AppendUint32(nil, x) }
func u64(x uint64) []byte { return binary.BigEndian.AppendUint64(nil, x) }

func join(parts ...[]byte) []byte {
	var out []byte
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

func hexes(parts [][]byte) []string {
	out := make([]string, len(parts))
	for i, part := range parts {
		out[i] = hex.EncodeToString(part)
	}
	return out
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func write(name string, cases any) {
	text := must(json.MarshalIndent(cases, "", " "))
	if err := os.WriteFile(filepath.Join("..", name), append(text, '\n'), 0o644); err != nil {
		panic(err)
	}
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "answer" {
		answer(os.Stdin, os.Stdout)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "isal" {
		write("erasure-isal.json", isalCases())
		return
	}
	write("erasure.json", erasureCases())
	write("address.json", addressCases())
	write("segment.json", segmentCases())
}
