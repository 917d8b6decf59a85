package main

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
)

const leafBytes = 16_384

type pathCase struct {
	First int      `json:"first"`
	Count int      `json:"count"`
	Path  []string `json:"path"`
}

type addressCase struct {
	SizeBytes int        `json:"sizeBytes"`
	Seed      string     `json:"seed"`
	Address   string     `json:"address"`
	Text      string     `json:"text"`
	Paths     []pathCase `json:"paths"`
}

func sum(parts ...[]byte) []byte {
	digest := sha256.Sum256(join(parts...))
	return digest[:]
}

func leavesOf(shard []byte) (hashes [][]byte) {
	for at := 0; at < len(shard) || at == 0; at += leafBytes {
		hashes = append(hashes, sum([]byte{0}, shard[at:min(at+leafBytes, len(shard))]))
	}
	return hashes
}

func split(count int) int { return 1 << (bits.Len(uint(count-1)) - 1) }

func top(hashes [][]byte) []byte {
	if len(hashes) == 1 {
		return hashes[0]
	}
	left := split(len(hashes))
	return sum([]byte{1}, top(hashes[:left]), top(hashes[left:]))
}

func address(shard []byte) []byte {
	return sum([]byte{2}, u64(uint64(len(shard))), top(leavesOf(shard)))
}

func text(address []byte) string {
	cid := join([]byte{1}, binary.AppendUvarint(nil, 0x304C58), []byte{0x12, 32}, address)
	return "b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(cid))
}

func path(hashes [][]byte, from, first, until int) [][]byte {
	if from+len(hashes) <= first || from >= until {
		return [][]byte{top(hashes)}
	}
	if len(hashes) == 1 {
		return nil
	}
	left := split(len(hashes))
	return append(path(hashes[:left], from, first, until), path(hashes[left:], from+left, first, until)...)
}

func addressCases() (cases []addressCase) {
	for _, size := range []int{0, 1, 16_383, 16_384, 16_385, 2 * 16_384, 3*16_384 - 1, 5 * 16_384, 100_000, 1_000_003} {
		seed := fmt.Sprintf("address %d", size)
		shard := stream(seed, size)
		hashes := leavesOf(shard)
		one := addressCase{SizeBytes: size, Seed: seed, Address: hex.EncodeToString(address(shard)), Text: text(address(shard))}
		for _, run := range [][2]int{{0, 1}, {len(hashes) - 1, 1}, {len(hashes) / 2, 1}, {len(hashes) / 3, (len(hashes) + 2) / 3}, {0, len(hashes)}} {
			one.Paths = append(one.Paths, pathCase{run[0], run[1], hexes(path(hashes, 0, run[0], run[0]+run[1]))})
		}
		cases = append(cases, one)
	}
	return cases
}
