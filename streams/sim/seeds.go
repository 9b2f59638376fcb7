package sim

import (
	"fmt"
	"os"
	"strconv"
)

// Seed is one run of a seed.
type Seed struct {
	Number uint64
	Run    int
}

// Name names a subtest.
func (s Seed) Name() string {
	if s.Run == 0 {
		return fmt.Sprintf("seed %d", s.Number)
	}
	return fmt.Sprintf("seed %d again %d", s.Number, s.Run)
}

// Seeds lists the seeds 0 to n-1, or what the environment asks for: SIM_SEED=7
// is that seed alone, SIM_RUNS=200 runs each so often, SIM_SEEDS=1000 is another
// n. It panics when one of them is no number.
func Seeds(n int) []Seed {
	first, count := 0, fromEnv("SIM_SEEDS", n)
	if os.Getenv("SIM_SEED") != "" {
		first, count = fromEnv("SIM_SEED", 0), 1
	}
	var list []Seed
	for number := first; number < first+count; number++ {
		for run := range fromEnv("SIM_RUNS", 1) {
			list = append(list, Seed{uint64(number), run})
		}
	}
	return list
}

func fromEnv(name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("reading %s: %v", name, err))
	}
	return n
}
