package main

import (
	"encoding/json"
	"io"
)

// question asks for cases that are in no file: [k, m, bytes of a shard] and [k, m, bytes of the plaintext, place in the object].
type question struct {
	Erasure  [][3]int `json:"erasure"`
	Segments [][4]int `json:"segments"`
}

type answers struct {
	Erasure  []erasureCase `json:"erasure"`
	Segments []segmentCase `json:"segments"`
}

// answer makes the cases of one question, in JSON both ways.
func answer(in io.Reader, out io.Writer) {
	var asked question
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		panic(err)
	}
	made := answers{Erasure: []erasureCase{}, Segments: []segmentCase{}}
	for _, one := range asked.Erasure {
		made.Erasure = append(made.Erasure, erasureCaseOf(one[0], one[1], one[2]))
	}
	for _, one := range asked.Segments {
		made.Segments = append(made.Segments, segmentCaseOf(one[0], one[1], one[2], uint32(one[3])))
	}
	if err := json.NewEncoder(out).Encode(made); err != nil {
		panic(err)
	}
}
