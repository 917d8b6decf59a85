package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// isalCases are the erasure cases once more, encoded by ISA-L: isal/encode.c, which is compiled here (Debian: libisal-dev).
func isalCases() (cases []erasureCase) {
	folder := must(os.MkdirTemp("", "lunarx-isal-"))
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "encode")
	if out, err := exec.Command("cc", "-O2", "-Wall", "-Werror", "-o", program, "isal/encode.c", "-lisal").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v: %s", err, out))
	}
	codes := [][2]int{
		{1, 1}, {2, 1}, {4, 2}, {6, 3}, {8, 4}, {10, 4}, {12, 4}, {16, 16}, {17, 3}, {20, 9}, {29, 51}, {100, 30}, {200, 55}, {254, 1},
	}
	for _, code := range codes {
		for _, size := range []int{1, 31, 67, 4099, 65_537} {
			if code[0]+code[1] > 80 && size > 67 {
				continue
			}
			cases = append(cases, caseOf(code[0], code[1], size, func(data [][]byte, parity int) [][]byte {
				return isalEncode(program, data, parity)
			}))
		}
	}
	return cases
}

// isalEncode returns the n shards of k data shards.
func isalEncode(program string, data [][]byte, parity int) [][]byte {
	size := len(data[0])
	command := exec.Command(program, strconv.Itoa(len(data)), strconv.Itoa(parity), strconv.Itoa(size))
	command.Stdin = bytes.NewReader(join(data...))
	made := must(command.Output())
	shards := append([][]byte{}, data...)
	for i := range parity {
		shards = append(shards, made[i*size:(i+1)*size])
	}
	return shards
}
