package sim

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// maxTrace bounds what is kept of a run, in lines; the newest stay.
const maxTrace = 20_000

// trace is what happened, in order.
type trace struct {
	mu    sync.Mutex
	begun time.Time
	lines []string
	left  int // lines dropped
}

func (t *trace) add(who, format string, args ...any) {
	line := fmt.Sprintf("%10.3fs %-3s %s", time.Since(t.begun).Seconds(), who, fmt.Sprintf(format, args...))
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == maxTrace {
		half := copy(t.lines, t.lines[maxTrace/2:])
		t.left += maxTrace - half
		t.lines = t.lines[:half]
	}
	t.lines = append(t.lines, line)
}

// Write takes the log of the runtime, a line at a time.
func (t *trace) writer(who string) traceWriter { return traceWriter{t, who} }

type traceWriter struct {
	trace *trace
	who   string
}

// Write implements io.Writer.
func (w traceWriter) Write(b []byte) (int, error) {
	w.trace.add(w.who, "%s", strings.TrimSpace(string(b)))
	return len(b), nil
}

func (t *trace) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	if t.left > 0 {
		fmt.Fprintf(&b, "(%d earlier lines are left out)\n", t.left)
	}
	for _, line := range t.lines {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}
