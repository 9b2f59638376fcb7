package pebblestore

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// states is a batch of 1,000 states of 100 bytes, over 100,000 keys.
func states(n int) store.Batch {
	b := store.Batch{Cursor: store.Cursor{Next: int64(n)}}
	for i := range 1000 {
		b.Rows = append(b.Rows, changelog.Row{
			Key:   rowKey(fmt.Sprintf("key-%08d", (n*7919+i*104729)%100_000), []byte("S")),
			Value: make([]byte, 100),
		})
	}
	return b
}

func BenchmarkApply1000(b *testing.B) {
	s, p, lease := openSpace(b, b.TempDir(), Options{})
	defer s.Close()
	var batches []store.Batch
	for n := range 100 {
		batches = append(batches, states(n))
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := p.Apply(lease, batches[n%len(batches)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)*1000/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkGet(b *testing.B) {
	s, p, lease := openSpace(b, b.TempDir(), Options{})
	defer s.Close()
	batches := states(0)
	for n := range 100 {
		if err := p.Apply(lease, states(n)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.db.Flush(); err != nil {
		b.Fatal(err)
	}
	for name, missing := range map[string]bool{"found": false, "missing": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				key := batches.Rows[n%1000].Key
				if missing {
					key = append(key[:len(key):len(key)], '?')
				}
				if v, err := p.Get(key); err != nil || (v == nil) != missing {
					b.Fatal(v, err)
				}
				n++
			}
		})
	}
}
