package sim

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// Headers that say what made an output.
const (
	// HeaderSource is the cause: topic id, partition and offset of a record, or
	// the id of a timer's setting or of an effect.
	HeaderSource = "sim.source"
	// HeaderStep is the entity and the number of the output among the cause's.
	HeaderStep = "sim.step"
)

// provenance stamps each output with what made it.
func provenance(dst []streams.Header, cause *streams.Cause, out *task.Out, ordinal int) []streams.Header {
	source := "id " + hex.EncodeToString(cause.ID[:])
	if r := cause.Record; r != nil {
		source = fmt.Sprintf("%x/%d@%d", r.TopicID, r.Partition, r.Offset)
	}
	step := cause.Entity + " " + strconv.Itoa(ordinal)
	return append(dst, streams.Header{Key: HeaderSource, Value: []byte(source)}, streams.Header{Key: HeaderStep, Value: []byte(step)})
}

// check is what holds for every topology, and what the program adds.
func (f *fleet) check() error {
	result, err := f.read()
	if err != nil {
		return err
	}
	f.report.Records = result.count()
	f.checkTransactions()
	f.checkProvenance(result)
	f.checkRows(result)
	f.checkDocuments(result.Documents)
	if f.program.Check != nil {
		for _, err := range f.program.Check(result) {
			f.violate("%v", err)
		}
	}
	return nil
}

// checkTransactions: none is left open.
func (f *fleet) checkTransactions() {
	described, err := kadm.NewClient(f.client).DescribeTransactions(context.Background())
	if err != nil {
		f.violate("describing transactions: %v", err)
		return
	}
	for _, t := range described {
		if t.Err != nil || slices.Contains([]string{"Ongoing", "PrepareCommit", "PrepareAbort"}, t.State) {
			f.violate("transaction of %s is %s (error %v): nobody will end it", t.TxnID, t.State, t.Err)
		}
	}
}

// checkProvenance: no input made the same output twice.
func (f *fleet) checkProvenance(r *Result) {
	seen := make(map[string]string)
	for topic, partitions := range r.logs {
		for partition, records := range partitions {
			for _, record := range records {
				source := record.Headers[HeaderSource]
				if source == "" {
					continue
				}
				at := fmt.Sprintf("%s/%d@%d", topic, partition, record.Offset)
				key := topic + " " + source + " " + record.Headers[HeaderStep]
				if first := seen[key]; first != "" {
					f.violate("K1: %s and %s were both made by %s, step %s", first, at, source, record.Headers[HeaderStep])
				}
				seen[key] = at
			}
		}
	}
}

// checkRows: the rows of every owner are what the changelog makes.
func (f *fleet) checkRows(r *Result) {
	logs := r.Log(f.app + ".changelog")
	found := 0
	for _, p := range f.processes {
		for partition := range f.plan.Partitions {
			rows, err := p.current().app.TaskRows(f.app, partition)
			if err != nil {
				continue // another's
			}
			found++
			if err := sameRows(rows, fold(logs[partition])); err != nil {
				f.violate("K3: %s, task %d: %v", p.name, partition, err)
			}
		}
	}
	if found != int(f.plan.Partitions) {
		f.violate("rows of %d tasks can be read, want %d", found, f.plan.Partitions)
	}
}

func fold(records []Record) map[string]string {
	rows := make(map[string]string)
	for _, r := range records {
		if rows[r.Key] = string(r.Value); r.Value == nil {
			delete(rows, r.Key)
		}
	}
	return rows
}

func sameRows(rows store.Reader, want map[string]string) error {
	got := make(map[string]string)
	err := rows.Scan(nil, nil, func(key, value []byte) bool { got[string(key)] = string(value); return true })
	if err != nil {
		return fmt.Errorf("scanning rows: %w", err)
	}
	mark, err := rows.Get(changelog.MarkKey)
	if err != nil {
		return fmt.Errorf("reading mark: %w", err)
	}
	if mark != nil {
		got[string(changelog.MarkKey)] = string(mark)
	}
	var differs []string
	for key, value := range want {
		if got[key] != value {
			differs = append(differs, fmt.Sprintf("row %q is %q, the changelog makes %q", key, got[key], value))
		}
	}
	for key, value := range got {
		if _, ok := want[key]; !ok {
			differs = append(differs, fmt.Sprintf("row %q is %q, the changelog makes none", key, value))
		}
	}
	if len(differs) > 0 {
		slices.Sort(differs)
		return fmt.Errorf("%d rows differ from the fold of the changelog: %s", len(differs), strings.Join(differs[:min(len(differs), 3)], "; "))
	}
	return nil
}

// checkDocuments: what was asked once was made once, though it was called often.
func (f *fleet) checkDocuments(documents []Document) {
	made := make(map[string]string)
	for _, d := range documents {
		f.report.Calls += d.Calls
		key := d.Partner + " " + d.Request
		if first := made[key]; first != "" {
			f.violate("E1: %s has two documents of %q, under the ids %s and %s", d.Partner, d.Request, first, d.EffectID)
		}
		made[key] = d.EffectID
	}
	f.report.Documents = len(documents)
}

// read reads all committed records of all topics.
func (f *fleet) read() (*Result, error) {
	r := &Result{App: f.app, Plan: f.plan, Sent: f.sent, Documents: f.partners.list(), logs: make(map[string]map[int32][]Record)}
	ctx := context.Background()
	ends, err := kadm.NewClient(f.client).ListEndOffsets(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing ends: %w", err)
	}
	want := 0
	missing := make(map[string]map[int32]int64)
	from := make(map[string]map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset == 0 {
			return
		}
		if missing[o.Topic] == nil {
			missing[o.Topic], from[o.Topic], r.logs[o.Topic] = make(map[int32]int64), make(map[int32]kgo.Offset), make(map[int32][]Record)
		}
		missing[o.Topic][o.Partition], from[o.Topic][o.Partition] = o.Offset, kgo.NewOffset().At(0)
		want++
	})
	f.client.AddConsumePartitions(from)
	for want > 0 {
		fetches := f.client.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			return nil, fmt.Errorf("reading %s/%d: %w", e.Topic, e.Partition, e.Err)
		}
		fetches.EachRecord(func(k *kgo.Record) {
			if !k.Attrs.IsControl() {
				r.logs[k.Topic][k.Partition] = append(r.logs[k.Topic][k.Partition], recordOf(k))
			}
			if end, open := missing[k.Topic][k.Partition]; open && k.Offset+1 >= end {
				delete(missing[k.Topic], k.Partition)
				want--
			}
		})
	}
	return r, nil
}

func recordOf(k *kgo.Record) Record {
	r := Record{Topic: k.Topic, Partition: k.Partition, Offset: k.Offset, Key: string(k.Key), Value: k.Value, Headers: make(map[string]string)}
	for _, h := range k.Headers {
		r.Headers[h.Key] = string(h.Value)
	}
	return r
}

func (r *Result) count() (n int) {
	for _, partitions := range r.logs {
		for _, records := range partitions {
			n += len(records)
		}
	}
	return n
}
