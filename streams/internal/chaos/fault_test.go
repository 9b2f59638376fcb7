//go:build unix

package chaos

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// fault is a thing that happens to a world, round after round.
type fault struct {
	name string
	// strike does it and undoes what would not pass by itself. It returns how far
	// the inputs were and when it was that recovery could begin.
	strike func(round int) (marks [partitions]int, from time.Time)
	// heal, if set, waits for what must be so before the next round.
	heal func()
	// limit bounds the time from a strike until every partition goes on.
	limit time.Duration
	// fewer divides the number of rounds of costly faults; 0 is 1.
	fewer int
}

// jitter is the longest that a round waits before its fault, so that faults meet
// all parts of a transaction.
const jitter = 400 * time.Millisecond

// suffer goes through all rounds of a fault and adds a line to the report. It
// ends early, and says so, when its budget of time is used up, unless somebody
// asked for a number of rounds.
func (w *world) suffer(f fault, budget time.Duration) {
	w.Helper()
	w.mu.Lock()
	inputs, aborted, ended := w.oracle.handled(), len(w.aborted), len(w.ended)
	w.mu.Unlock()
	var took []time.Duration
	rounds, asked := rounds(f.fewer)
	enough := max(1, rounds/4) // that fewer prove little does not depend on the machine
	began := time.Now()
	for n := range rounds {
		if !asked && n >= enough && time.Since(began) > budget {
			w.Logf("%s: %d of %d rounds fitted into %s", f.name, n, rounds, budget)
			break
		}
		pause := time.Duration(w.random.Int64N(int64(jitter)))
		time.Sleep(pause)
		marks, from := f.strike(n)
		took = append(took, w.passed(marks, from, f.limit))
		if f.heal != nil {
			f.heal()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	report.add(line{
		test: testOf(w), fault: f.name, took: took, inputs: w.oracle.handled() - inputs,
		committed: len(w.ended) - ended, aborted: len(w.aborted) - aborted,
	})
}

// handled counts the inputs whose outputs were compared.
func (o *oracle) handled() (n int) {
	for _, p := range o.partitions {
		n += p.done
	}
	return n
}

// rounds of each fault: MILLRACE_CHAOS_ROUNDS, which is asked says then, else 20.
func rounds(fewer int) (n int, asked bool) {
	n, err := strconv.Atoi(os.Getenv("MILLRACE_CHAOS_ROUNDS"))
	if err != nil {
		n = 20
	}
	return max(1, n/max(1, fewer)), err == nil
}

// seed of everything random: MILLRACE_CHAOS_SEED, else the clock's. It is
// logged; what happens also depends on time, so it does not repeat a run.
func seed(t testing.TB) uint64 {
	s, err := strconv.ParseUint(os.Getenv("MILLRACE_CHAOS_SEED"), 10, 64)
	if err != nil {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("MILLRACE_CHAOS_SEED=%d", s)
	return s
}

// line is what was seen of one fault.
type line struct {
	test, fault                string
	took                       []time.Duration
	inputs, committed, aborted int
}

// testOf is the test that a subtest belongs to.
func testOf(t testing.TB) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}

// results collects the lines of all tests, which run side by side.
type results struct {
	mu    sync.Mutex
	lines []line
}

var report results

func (r *results) add(l line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
}

// log shows the lines of a test as a table.
func (r *results) log(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "fault\trounds\trecords\ttransactions\taborted\trecovered median\tmax")
	slices.SortStableFunc(r.lines, func(a, b line) int { return strings.Compare(a.fault, b.fault) })
	for _, l := range r.lines {
		if l.test != testOf(t) {
			continue
		}
		slices.Sort(l.took)
		middle, longest := time.Duration(0), time.Duration(0)
		if n := len(l.took); n > 0 {
			middle, longest = l.took[n/2], l.took[n-1]
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\t%s\n", l.fault, len(l.took), l.inputs, l.committed, l.aborted,
			middle.Round(10*time.Millisecond), longest.Round(10*time.Millisecond))
	}
	_ = table.Flush()
	t.Logf("faults on %d processors:\n%s", processors, text.String())
}
