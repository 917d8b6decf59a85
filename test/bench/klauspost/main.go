// Command klauspost measures klauspost/reedsolomon on one thread, held to AVX2, by CPU time.
//
// Arguments: metric required parity shardBytes. Prints megabytes (10^6) of data per CPU second. Metrics:
//
//	encode   the parity of all data shards
//	decode   as many data shards as there is parity, from the others, in buffers that are there
//	correct  one wrong data shard, the middle one, nobody knows which: the library only verifies, so each shard in turn is rebuilt
//	         from the others until they agree
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"github.com/klauspost/reedsolomon"
)

const cpuSeconds = 0.08

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func cpuTime() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func decode(code reedsolomon.Encoder, shards [][]byte, k, m int) {
	for i := range min(k, m) {
		shards[i] = shards[i][:0]
	}
	check(code.ReconstructData(shards))
}

func correct(code reedsolomon.Encoder, shards [][]byte, spare []byte) {
	for i, suspect := range shards {
		shards[i] = spare[:0]
		check(code.Reconstruct(shards))
		ok := must(code.Verify(shards))
		shards[i] = suspect
		if ok {
			return
		}
	}
	panic("not corrected")
}

func main() {
	runtime.GOMAXPROCS(1)
	metric, k, m := os.Args[1], must(strconv.Atoi(os.Args[2])), must(strconv.Atoi(os.Args[3]))
	size := must(strconv.Atoi(os.Args[4]))
	code := must(reedsolomon.New(k, m, reedsolomon.WithGFNI(false), reedsolomon.WithAVX512(false), reedsolomon.WithMaxGoroutines(1)))
	shards := make([][]byte, k+m)
	for i := range shards {
		shards[i] = make([]byte, size)
		for j := range shards[i] {
			shards[i][j] = byte(i*31 + j*7)
		}
	}
	check(code.Encode(shards))
	spare := make([]byte, size)
	if metric == "correct" {
		for j := range shards[k/2] {
			shards[k/2][j] ^= 1
		}
	}
	work := map[string]func(){
		"encode":  func() { check(code.Encode(shards)) },
		"decode":  func() { decode(code, shards, k, m) },
		"correct": func() { correct(code, shards, spare) },
	}[metric]
	work()
	rounds, began := 0, cpuTime()
	for cpuTime()-began < cpuSeconds {
		work()
		rounds++
	}
	fmt.Printf("%.1f\n", float64(rounds)*float64(k*size)/1e6/(cpuTime()-began))
}
