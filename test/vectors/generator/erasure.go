package main

import (
	"encoding/hex"
	"fmt"

	"github.com/klauspost/reedsolomon"
)

type erasureCase struct {
	Required   int    `json:"required"`
	Parity     int    `json:"parity"`
	ShardBytes int    `json:"shardBytes"`
	Seed       string `json:"seed"`
	// Whole parity shards, only of short ones.
	ParityShards []string `json:"parityShards,omitempty"`
	// Of all parity shards, one behind the other.
	ParitySha256 string `json:"paritySha256"`
}

// encode returns the n shards of k data shards.
func encode(data [][]byte, parity int) [][]byte {
	shards := append([][]byte{}, data...)
	for range parity {
		shards = append(shards, make([]byte, len(data[0])))
	}
	if err := must(reedsolomon.New(len(data), parity)).Encode(shards); err != nil {
		panic(err)
	}
	return shards
}

func erasureCaseOf(required, parity, size int) erasureCase {
	return caseOf(required, parity, size, encode)
}

func caseOf(required, parity, size int, encode func(data [][]byte, parity int) [][]byte) erasureCase {
	seed := fmt.Sprintf("erasure %d+%d %d", required, parity, size)
	bytes := stream(seed, required*size)
	data := make([][]byte, required)
	for i := range data {
		data[i] = bytes[i*size : (i+1)*size]
	}
	made := encode(data, parity)[required:]
	one := erasureCase{Required: required, Parity: parity, ShardBytes: size, Seed: seed, ParitySha256: hex.EncodeToString(sum(made...))}
	if size <= 67 && parity <= 4 {
		one.ParityShards = hexes(made)
	}
	return one
}

func erasureCases() (cases []erasureCase) {
	codes := [][2]int{{1, 1}, {2, 1}, {4, 2}, {10, 4}, {17, 3}, {20, 9}, {29, 51}, {100, 30}, {200, 55}, {254, 1}, {1, 254}, {128, 127}}
	for _, code := range codes {
		for _, size := range []int{1, 3, 16, 67, 1000, 65535, 65536, 65537, 200_003} {
			if code[0]+code[1] > 80 && size > 67 {
				continue
			}
			cases = append(cases, erasureCaseOf(code[0], code[1], size))
		}
	}
	return cases
}
