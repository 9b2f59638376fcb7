package streamsbench

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report is what one run found.
type Report struct {
	Began   time.Time `json:"began"`
	Machine string    `json:"machine"`
	Setup   string    `json:"setup"`
	// PeerName is what the peer is.
	PeerName string `json:"peer_name,omitempty"`

	Throughput map[string][]Throughput `json:"throughput,omitempty"` // by contestant
	Latency    map[string][]Latency    `json:"latency,omitempty"`    // by contestant
	Restart    map[string][]float64    `json:"restart_seconds,omitempty"`
	Move       []float64               `json:"move_seconds,omitempty"`
	Failover   []float64               `json:"failover_seconds,omitempty"`
	Children   map[int][]Throughput    `json:"children,omitempty"` // by number of children
	Commits    []Commit                `json:"commits,omitempty"`
	Recoveries []Recovery              `json:"recoveries,omitempty"`
}

// Commit is the throughput at one commit interval.
type Commit struct {
	Contestant string  `json:"contestant"`
	IntervalMS float64 `json:"interval_ms"`
	Throughput
}

// Recovery is the time from a start after kill -9 to the first output, in
// seconds, with the state on disk and with the disk lost.
type Recovery struct {
	Keys int     `json:"keys"`
	Kept float64 `json:"kept_seconds"`
	Lost float64 `json:"lost_seconds"`
}

func newReport(o Options) *Report {
	return &Report{
		Began: time.Now().UTC(), PeerName: o.PeerName,
		Machine: fmt.Sprintf("%d cores, %s/%s, %s; the broker and the observer share them", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		Setup: fmt.Sprintf("%d records over %d keys, %d-byte states, %d-byte values, %d partitions, %d threads, a commit every %s, %d rounds",
			o.Records, o.Keys, stateSize, o.ValueSize, o.Partitions, o.Lanes, o.Commit, o.Rounds),
		Throughput: make(map[string][]Throughput), Latency: make(map[string][]Latency),
		Restart: make(map[string][]float64), Children: make(map[int][]Throughput),
	}
}

// median returns the middle of what get finds in rows; 0 when there is none.
func median[T any](rows []T, get func(T) float64) float64 {
	if len(rows) == 0 {
		return 0
	}
	values := make([]float64, len(rows))
	for i, r := range rows {
		values[i] = get(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func itself(v float64) float64 { return v }

// goal is a figure with what it is to reach.
type goal struct {
	what, want, got string
	met             bool
}

// goals compares the medians with what the runtime promises.
func (r *Report) goals() []goal {
	var all []goal
	add := func(known bool, what, want string, got float64, format string, met bool) {
		if known {
			all = append(all, goal{what, want, fmt.Sprintf(format, got), met})
		}
	}
	ours, theirs, pass := r.Throughput[Millrace], r.Throughput[Peer], r.Throughput[PassThrough]
	rate := func(t Throughput) float64 { return t.PerSecond }
	cpu := func(t Throughput) float64 { return t.CPUMicros }
	if x := median(ours, rate) / median(theirs, rate); len(theirs) > 0 {
		add(true, "throughput against "+r.PeerName, "at least 4 times", x, "%.1f times", x >= 4)
	}
	if x := median(theirs, cpu) / median(ours, cpu); len(theirs) > 0 {
		add(true, "CPU time of a record against "+r.PeerName, "at most a fifth", x, "a %.1fth", x >= 5)
	}
	if x := median(ours, rate) / median(pass, rate); len(pass) > 0 {
		add(true, "throughput against a pass-through without state", "at least half", x*100, "%.0f %%", x >= 0.5)
	}
	mine, peers := r.Latency[Millrace], r.Latency[Peer]
	p50 := median(mine, func(l Latency) float64 { return l.P50 })
	p99 := median(mine, func(l Latency) float64 { return l.P99 })
	add(len(mine) > 0, "median latency", "under 15 ms", p50, "%.1f ms", p50 < 15)
	add(len(mine) > 0, "99th percentile of latency", "under 30 ms", p99, "%.1f ms", p99 < 30)
	if len(peers) > 0 {
		x := median(peers, func(l Latency) float64 { return l.P99 }) / p99
		add(true, "99th percentile against "+r.PeerName, "at most a fifth", x, "a %.1fth", x >= 5)
	}
	again := median(r.Restart[Millrace], itself)
	add(len(r.Restart) > 0, "first output after kill -9", "under 2 s", again, "%.2f s", again < 2)
	move := median(r.Move, itself)
	add(len(r.Move) > 0, "longest wait when a task moves to a warm standby", "under 1 s", move, "%.2f s", move < 1)
	failover := median(r.Failover, itself)
	const session = 10
	add(len(r.Failover) > 0, "longest wait when a process dies", "under the session timeout of 10 s and 1 s", failover, "%.2f s", failover < session+1)
	if few := median(r.Children[10], cpu); few > 0 {
		x := median(r.Children[10_000], cpu) / few
		add(true, "CPU time with 10,000 children against 10", "at most 1.5 times", x, "%.2f times", x <= 1.5)
	}
	return all
}

// Markdown writes the report; plots are the files of its pictures, by what they
// show, as written by Plot.
func (r *Report) Markdown(w io.Writer, plots map[string]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s UTC, %s.\n\n%s. Medians; every round stands below.\n\n", r.Began.Format("2006-01-02 15:04"), r.Machine, r.Setup)
	b.WriteString("| goal | wanted | measured | |\n|---|---|---|---|\n")
	for _, g := range r.goals() {
		mark := "met"
		if !g.met {
			mark = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.what, g.want, g.got, mark)
	}
	r.throughputTable(&b)
	r.latencyTable(&b)
	r.secondsTable(&b)
	r.childrenTable(&b)
	r.commitTable(&b, plots)
	r.recoveryTable(&b, plots)
	_, err := io.WriteString(w, b.String())
	return err
}

// name is what readers know a contestant by.
func (r *Report) name(contestant string) string {
	if contestant == Peer {
		return r.PeerName
	}
	return contestant
}

func (r *Report) throughputTable(b *strings.Builder) {
	if len(r.Throughput) == 0 {
		return
	}
	b.WriteString("\n### Throughput\n| | records/s | CPU µs a record | first commit after | memory |\n|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(r.Throughput)) {
		for i, t := range r.Throughput[name] {
			fmt.Fprintf(b, "| %s %d | %.0f | %.2f | %.1f s | %.0f MiB |\n", r.name(name), i+1, t.PerSecond, t.CPUMicros, t.FirstAfter, t.MemoryMiB)
		}
	}
	b.WriteString("\nThe first start of an empty group costs the broker's `group.initial.rebalance.delay.ms`, 3 s by default.\n")
}

func (r *Report) latencyTable(b *strings.Builder) {
	if len(r.Latency) == 0 {
		return
	}
	b.WriteString("\n### Latency\n| | p50 | p99 | p99.9 | cores busy |\n|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(r.Latency)) {
		for i, l := range r.Latency[name] {
			fmt.Fprintf(b, "| %s %d | %.1f ms | %.1f ms | %.1f ms | %.2f |\n", r.name(name), i+1, l.P50, l.P99, l.P999, l.CPUShare)
		}
	}
}

func (r *Report) secondsTable(b *strings.Builder) {
	rows := []struct {
		what   string
		rounds []float64
	}{
		{"first output after kill -9, millrace", r.Restart[Millrace]},
		{"first output after kill -9, " + r.PeerName, r.Restart[Peer]},
		{"longest wait, task moved to a warm standby", r.Move},
		{"longest wait, process killed with a standby elsewhere", r.Failover},
	}
	head := "\n### Interruptions\n| | seconds, each round |\n|---|---|\n"
	for _, row := range rows {
		if len(row.rounds) > 0 {
			fmt.Fprintf(b, "%s| %s | %s |\n", head, row.what, seconds(row.rounds))
			head = ""
		}
	}
}

func seconds(list []float64) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = fmt.Sprintf("%.2f", s)
	}
	return strings.Join(texts, ", ")
}

func (r *Report) childrenTable(b *strings.Builder) {
	if len(r.Children) == 0 {
		return
	}
	b.WriteString("\n### Children\n| children of a key | CPU µs a record | records/s |\n|---|---|---|\n")
	for _, n := range slices.Sorted(maps.Keys(r.Children)) {
		for _, t := range r.Children[n] {
			fmt.Fprintf(b, "| %d | %.2f | %.0f |\n", n, t.CPUMicros, t.PerSecond)
		}
	}
}

func (r *Report) commitTable(b *strings.Builder, plots map[string]string) {
	if len(r.Commits) == 0 {
		return
	}
	b.WriteString("\n### Throughput against the commit interval\n")
	picture(b, plots[plotCommit], "throughput against the commit interval")
	b.WriteString("| | commit every | records/s | CPU µs a record |\n|---|---|---|---|\n")
	rows := slices.Clone(r.Commits)
	slices.SortStableFunc(rows, func(x, y Commit) int { return cmp.Compare(x.Contestant, y.Contestant) })
	for _, c := range rows {
		fmt.Fprintf(b, "| %s | %.0f ms | %.0f | %.2f |\n", r.name(c.Contestant), c.IntervalMS, c.PerSecond, c.CPUMicros)
	}
}

func (r *Report) recoveryTable(b *strings.Builder, plots map[string]string) {
	if len(r.Recoveries) == 0 {
		return
	}
	b.WriteString("\n### Recovery against the size of the state\n")
	picture(b, plots[plotRecovery], "recovery against the size of the state")
	b.WriteString("| keys | state on disk | disk lost |\n|---|---|---|\n")
	for _, x := range r.Recoveries {
		fmt.Fprintf(b, "| %d | %.2f s | %.2f s |\n", x.Keys, x.Kept, x.Lost)
	}
}

func picture(b *strings.Builder, file, what string) {
	if file != "" {
		fmt.Fprintf(b, "![%s](%s)\n\n", what, file)
	}
}
