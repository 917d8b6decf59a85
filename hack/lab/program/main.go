// Lunarlab is one program that holds every component of a Kubernetes cluster.
//
// The name it is called by, or else its first argument, picks the component. One program instead of eleven, because
// they share nearly all of their code: it links once, and its pages are in memory once for all nodes.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	_ "time/tzdata" // CronJobs with time zones, on machines without zone files
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	run, known := components[name]
	if !known {
		if len(args) == 0 {
			usage()
		}
		name, args = args[0], args[1:]
		if run, known = components[name]; !known {
			fmt.Fprintln(os.Stderr, "lunarlab: unknown component", name)
			usage()
		}
	}
	os.Args = append([]string{name}, args...)
	run()
}

func usage() {
	names := make([]string, 0, len(components))
	for name := range components {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Fprintln(os.Stderr, "usage: lunarlab COMPONENT [FLAGS]; components:", strings.Join(names, ", "))
	os.Exit(2)
}
