//go:build linux

package main

import (
	"fmt"
	"runtime"
	"strings"
)

const mib = 1 << 20

// part is something that holds memory, up to a limit that somebody configured.
type part struct {
	bytes int64
	what  string
}

// parts are all that an instance holds on to at once.
type parts []part

// The topology's partitions, all of which the one instance has.
const partitions = 4

// slack is what garbage and fragmentation add, in hundredths: the collector runs
// when the heap nears a limit of a tenth above its parts; the rest is for what
// the system counts and the runtime has given back already.
const slack = 125

// pebble is what the store holds, which is not part of Go's heap in a program that
// is built with cgo.
const pebble = 256 * mib

// memory lists the parts of an instance with default options.
func memory() parts {
	lanes := int64(runtime.GOMAXPROCS(0))
	return parts{
		{pebble, "Pebble: memtables and cached blocks (pebblestore.Options.CacheBytes)"},
		{64 * mib, "committed rows on their way to Pebble (LayerBytes)"},
		{64 * mib, "decoded states, all tasks together (streams.Options.CacheBytes)"},
		{partitions * 2 * 8 * mib, "inputs that wait: for each task 8 MiB handed over and 8 MiB fetched"},
		{partitions * 2 * 8 * mib, "a batch of each that is larger when unpacked, and the responses they came in"},
		{lanes * 3 * 16 * mib, "transactions: for each lane outputs, rows and their batches (MaxTransactionBytes)"},
		{64 * mib, "program, clients, index blocks, stacks"},
	}
}

func (p parts) sum() (bytes int64) {
	for _, one := range p {
		bytes += one.bytes
	}
	return bytes
}

// limit is the GOMEMLIMIT of the instance, in bytes.
func (p parts) limit() int64 {
	heap := p.sum()
	if withCgo {
		heap -= pebble
	}
	return heap * 110 / 100
}

// bound is what the system may see the instance use, in bytes.
func (p parts) bound() int64 { return p.sum() * slack / 100 }

// String shows how the bound comes about.
func (p parts) String() string {
	var b strings.Builder
	for _, one := range p {
		fmt.Fprintf(&b, "%6d MiB  %s\n", one.bytes/mib, one.what)
	}
	fmt.Fprintf(&b, "%6d MiB  together; GOMEMLIMIT %d MiB, bound %d MiB\n", p.sum()/mib, p.limit()/mib, p.bound()/mib)
	return b.String()
}
