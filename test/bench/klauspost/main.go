// Command klauspost measures klauspost/reedsolomon on one thread, held to AVX2: CPU seconds of encoding, per geometry.
//
// Arguments: required parity shardBytes. Prints megabytes (10^6) of data per CPU second.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"github.com/klauspost/reedsolomon"
)

const cpuSeconds = 0.5

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func cpuTime() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func main() {
	runtime.GOMAXPROCS(1)
	k, m, size := must(strconv.Atoi(os.Args[1])), must(strconv.Atoi(os.Args[2])), must(strconv.Atoi(os.Args[3]))
	code := must(reedsolomon.New(k, m, reedsolomon.WithGFNI(false), reedsolomon.WithAVX512(false), reedsolomon.WithMaxGoroutines(1)))
	shards := make([][]byte, k+m)
	for i := range shards {
		shards[i] = make([]byte, size)
		for j := range shards[i] {
			shards[i][j] = byte(i*31 + j*7)
		}
	}
	rounds, began := 0, cpuTime()
	for cpuTime()-began < cpuSeconds {
		if err := code.Encode(shards); err != nil {
			panic(err)
		}
		rounds++
	}
	fmt.Printf("%.1f\n", float64(rounds)*float64(k*size)/1e6/(cpuTime()-began))
}
