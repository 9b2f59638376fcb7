package business

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// plain is a codec of bytes as they are.
type plain struct{}

func (plain) Append(dst []byte, v *[]byte) ([]byte, error) { return append(dst, *v...), nil }
func (plain) Decode(b []byte, v *[]byte) error             { *v = b; return nil }

// recorded returns everything that the driver's topics hold, a slice a partition.
func (c *chain) recorded() [][]*audit.Record {
	var all [][]*audit.Record
	names := make([]string, 0, 100)
	for _, def := range topic.All() {
		names = append(names, def.Name)
	}
	for _, app := range []string{"order", "stock", "fulfilment", "settlement", "erp", "node"} {
		names = append(names, app+".dlq")
	}
	for _, name := range names {
		partitions := make(map[int32][]*audit.Record)
		for _, r := range streamstest.Read(c.Driver, streams.Topic[[]byte]{Name: name, Value: plain{}}) {
			headers := make([]audit.Header, len(r.Headers))
			for n, h := range r.Headers {
				headers[n] = audit.Header(h)
			}
			partitions[r.Partition] = append(partitions[r.Partition], &audit.Record{
				Topic: name, Partition: r.Partition, Offset: r.Offset, Key: []byte(r.Key), Value: r.Value, Headers: headers, Time: r.Timestamp,
			})
		}
		for n := range int32(16) {
			if len(partitions[n]) > 0 {
				all = append(all, partitions[n])
			}
		}
	}
	return all
}

// audited feeds a log to the auditor, partitions mixed by a seed, and lets a
// hundred days pass.
func audited(seed uint64, byMovement map[string]bool, log [][]*audit.Record) (*audit.Auditor, []audit.Violation, error) {
	rng := rand.New(rand.NewPCG(seed, 11))
	a := audit.New(audit.Config{Schema: schemas.Text, IssueByMovement: byMovement})
	rest := make([][]*audit.Record, 0, len(log))
	var last time.Time
	for _, partition := range log {
		if len(partition) > 0 {
			rest = append(rest, partition)
		}
	}
	for len(rest) > 0 {
		n := rng.IntN(len(rest))
		for range min(len(rest[n]), 1+rng.IntN(8)) {
			r := rest[n][0]
			rest[n] = rest[n][1:]
			if err := a.Observe(r); err != nil {
				return nil, nil, err
			}
			if r.Time.After(last) {
				last = r.Time
			}
		}
		if len(rest[n]) == 0 {
			rest = append(rest[:n], rest[n+1:]...)
		}
		if rng.IntN(8) == 0 {
			a.Advance(readUpTo(rest))
		}
	}
	a.Advance(last.Add(100 * 24 * time.Hour))
	return a, a.Violations(), nil
}

// readUpTo is the time of the oldest record that is still to be read.
func readUpTo(rest [][]*audit.Record) time.Time {
	var least time.Time
	for _, partition := range rest {
		for _, r := range partition {
			if least.IsZero() || r.Time.Before(least) {
				least = r.Time
			}
		}
	}
	return least
}

// audit holds the log of a world against the invariants.
func (c *chain) audit(t *testing.T, a *auditor) {
	t.Helper()
	log := c.recorded()
	auditor, violations, err := audited(c.seed, c.auditor.issues, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations[:min(len(violations), 10)] {
		t.Errorf("seed %d: %s of %s: want %s; got %s; see %s", c.seed, v.Invariant, v.Key, v.Expected, v.Seen, fmt.Sprint(v.Records))
	}
	for _, t := range auditor.Tallies() {
		a.tally["audited "+string(t.Invariant)] += int(t.Checked)
	}
}
