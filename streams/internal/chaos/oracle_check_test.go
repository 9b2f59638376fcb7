//go:build unix

package chaos

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// history is what a perfect runtime commits for the inputs of one key.
func history(t *testing.T, inputs int) (records []*kgo.Record, documents map[string][]int64) {
	t.Helper()
	names := topicsOf("app")
	p := &partition{keys: make(map[string]*expected)}
	documents = make(map[string][]int64)
	add := func(topic string, n int, cause string, value any) *kgo.Record {
		b, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := value.(string); ok {
			b = []byte(text)
		}
		r := &kgo.Record{
			Topic: topic, Offset: int64(n), Key: []byte("k"), Value: b,
			Headers: []kgo.RecordHeader{{Key: causeHeader, Value: []byte(cause)}},
		}
		records = append(records, r)
		return r
	}
	for n := range inputs {
		in := add(names.in, n, "", input{Seq: int64(n), Value: int64(n * 37 % 11)})
		out, err := p.step(in)
		if err != nil {
			t.Fatal(err)
		}
		add(names.out, n, fmt.Sprintf("record %d", n), out)
		if name := askName("k", out.Count); out.Count%timerEvery == 0 {
			add(names.rung, n, "timer "+name, name)
		}
		if name := askName("k", out.Count); out.Count%effectEvery == 0 {
			documents[name] = []int64{out.Count}
			add(names.answered, n, "effect "+name, answered{Ask: name, Document: out.Count})
		}
	}
	return records, documents
}

func verdict(records []*kgo.Record, documents map[string][]int64) string {
	o := newOracle(topicsOf("app"))
	for _, r := range records {
		o.take(r)
	}
	return strings.Join(o.finish(documents), "\n")
}

func TestOracleAcceptsAPerfectHistory(t *testing.T) {
	if wrong := verdict(history(t, 60)); wrong != "" {
		t.Error(wrong)
	}
}

// The oracle is worth what it finds: each thing that must not happen is put into
// a perfect history.
func TestOracleFindsWhatMustNotHappen(t *testing.T) {
	index := func(records []*kgo.Record, topic string, nth int) int {
		for i, r := range records {
			if r.Topic == topic {
				if nth--; nth < 0 {
					return i
				}
			}
		}
		t.Fatalf("no such record of %s", topic)
		return 0
	}
	names := topicsOf("app")
	drop := func(records []*kgo.Record, i int) []*kgo.Record {
		return append(append([]*kgo.Record(nil), records[:i]...), records[i+1:]...)
	}
	double := func(records []*kgo.Record, i int, cause string) []*kgo.Record {
		again := *records[i]
		again.Headers = []kgo.RecordHeader{{Key: causeHeader, Value: []byte(cause)}}
		return append(records, &again)
	}
	for name, c := range map[string]struct {
		spoil func(records []*kgo.Record, documents map[string][]int64) []*kgo.Record
		want  string
	}{
		"an output is lost": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return drop(r, index(r, names.out, 17))
		}, "app-out"},
		"the last output is lost": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return drop(r, index(r, names.out, 59))
		}, "59 of 60 inputs have outputs"},
		"an output is doubled": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return double(r, index(r, names.out, 59), "record 59")
		}, "has two outputs"},
		"an input was handled twice": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return double(r, index(r, names.out, 59), "another")
		}, "1 outputs more than inputs"},
		"outputs are out of order": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			a, b := index(r, names.out, 3), index(r, names.out, 4)
			r[a], r[b] = r[b], r[a]
			return r
		}, "want"},
		"a running value is wrong": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			i := index(r, names.out, 40)
			r[i].Value = []byte(strings.Replace(string(r[i].Value), `"Sum":`, `"Sum":1`, 1))
			return r
		}, "want"},
		"a timer never rang": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return drop(r, index(r, names.rung, 2))
		}, "5 of 6 timers"},
		"a timer rang twice": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return double(r, index(r, names.rung, 2), "again")
		}, "rang 2 times"},
		"an effect was never answered": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return drop(r, index(r, names.answered, 0))
		}, "1 of 2 effects"},
		"an effect was answered twice": {func(r []*kgo.Record, _ map[string][]int64) []*kgo.Record {
			return double(r, index(r, names.answered, 0), "again")
		}, "was answered with"},
		"an effect had two ids": {func(r []*kgo.Record, documents map[string][]int64) []*kgo.Record {
			documents[askName("k", 25)] = []int64{25, 26}
			return r
		}, "documents [25 26]"},
		"an effect of an aborted input was called": {func(r []*kgo.Record, documents map[string][]int64) []*kgo.Record {
			documents[askName("k", 75)] = []int64{75}
			return r
		}, "no committed input asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			records, documents := history(t, 60)
			if got := verdict(c.spoil(records, documents), documents); !strings.Contains(got, c.want) {
				t.Errorf("the verdict is %q, want a word of %q", got, c.want)
			}
		})
	}
}
