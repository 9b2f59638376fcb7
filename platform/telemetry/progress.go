package telemetry

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// drawEvery is how often a person sees the line change.
const drawEvery = 200 * time.Millisecond

// Progress shows on a terminal how far a long command has come. Where nobody
// looks it stays silent. Its methods may be called from any goroutine.
type Progress struct {
	out     io.Writer // nil when silent
	doing   string
	things  string
	done    atomic.Int64
	stop    chan struct{}
	drawing sync.WaitGroup
	ending  sync.Once
}

// NewProgress begins to show, for example, "importing 12 of 50 orders" on
// file; total 0 means that the number is not known.
func NewProgress(file *os.File, doing, things string, total int64) *Progress {
	if !IsTerminal(file) {
		return newProgress(nil, doing, things, total)
	}
	return newProgress(file, doing, things, total)
}

func newProgress(out io.Writer, doing, things string, total int64) *Progress {
	p := &Progress{out: out, doing: doing, things: things, stop: make(chan struct{})}
	if out != nil {
		meter := newMeter(total, time.Now())
		p.drawing.Go(func() { p.draw(meter) })
	}
	return p
}

// Add counts n more things done.
func (p *Progress) Add(n int64) { p.done.Add(n) }

// Done returns how many things are done.
func (p *Progress) Done() int64 { return p.done.Load() }

// Close replaces the line by a summary. Closing twice is safe.
func (p *Progress) Close() {
	p.ending.Do(func() { close(p.stop) })
	p.drawing.Wait()
}

// clearLine returns to the start of the line and wipes it.
const clearLine = "\r\x1b[K"

func (p *Progress) draw(m *meter) {
	tick := time.NewTicker(drawEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			m.observe(time.Now(), p.Done())
			_, _ = fmt.Fprintln(p.out, clearLine+m.summary(p.doing, p.things))
			return
		case now := <-tick.C:
			m.observe(now, p.Done())
			_, _ = fmt.Fprint(p.out, clearLine+m.line(p.doing, p.things))
		}
	}
}
