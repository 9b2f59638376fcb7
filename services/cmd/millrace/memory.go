package main

import (
	"os"
	"runtime/debug"
)

// memoryAim is up to where a process trades memory for speed, in bytes.
const memoryAim = 2 << 30

// easeCollection lets garbage grow to four times what is in use, which spares a
// fifth of the work, as long as the process stays within memoryAim. GOGC and
// GOMEMLIMIT decide otherwise, each for its part.
func easeCollection() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryAim)
	}
}
