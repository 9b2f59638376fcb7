package filestream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/millrace/millrace/connectors/file"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

// Bounds of a chunk, and of the scripts that stand open between two chunks.
const (
	chunkEntries = 2000
	chunkLines   = 20_000 // of orders and returns
	maxScripts   = 8
	defaultAhead = 20_000
)

// request asks for entries of a run.
type request struct {
	Run     string    `json:"run"`
	Partner string    `json:"partner"`
	Files   []string  `json:"files"`
	Seed    int64     `json:"seed"`
	From    int64     `json:"from"`
	Until   time.Time `json:"until"` // date of the last document wanted; zero is all
}

// chunk is a run's next entries. It is never stored: after a crash it is read
// again.
type chunk struct {
	Entries   []file.Entry
	Next      int64     // position after them
	Done      bool      // nothing comes after
	Documents bool      // products and opening stock are behind
	Hold      string    // why nothing is given yet
	Following time.Time // date of the entry that comes next
	Rows      int64     // read so far
	Total     int64     // in the file
	First     time.Time
	Currency  string
}

// reader answers requests from open scripts.
type reader struct {
	config Config
	stock  *streams.Table[event.InventoryPosition]

	arrived arrivals

	mu      sync.Mutex
	scripts map[string]*session
}

// session is an open script; its lock is held while it is read.
type session struct {
	mu      sync.Mutex
	script  *file.Script
	opening chan opened // answers once when a script is being opened
	stocked bool        // the opening stock was seen
	awaited []awaited   // supplies given and not seen in stock
	since   time.Time   // documents wait for some of them
}

type opened struct {
	script *file.Script
	err    error
}

// patience is how long a call waits for files to be opened. Large ones take
// longer; the run then asks again.
const patience = time.Second

// read makes one chunk. Failures are final: files that cannot be read today
// cannot be read by trying again.
func (r *reader) read(ctx context.Context, q request) (chunk, error) {
	s := r.session(q.Run)
	s.mu.Lock()
	defer s.mu.Unlock()
	ready, err := s.seek(r.config, q)
	if err == nil && !ready {
		return chunk{Next: q.From, Hold: "the files are being opened"}, nil
	}
	var c chunk
	if err == nil {
		c, err = r.chunk(ctx, s, q)
	}
	if err != nil {
		s.close()
		return chunk{}, streams.Permanent(fmt.Errorf("reading files of run %s: %w", q.Run, err))
	}
	if c.Done {
		s.close()
		r.forget(q.Run)
	}
	return c, nil
}

// session finds the script of a run; when too many are open, another one is
// closed and will be opened again when it is asked for.
func (r *reader) session(run string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.scripts[run]
	if s != nil {
		return s
	}
	for other, idle := range r.scripts {
		if len(r.scripts) < maxScripts {
			break
		}
		if idle.mu.TryLock() {
			idle.close()
			delete(r.scripts, other)
			idle.mu.Unlock()
		}
	}
	s = &session{}
	r.scripts[run] = s
	return s
}

func (r *reader) forget(run string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.scripts, run)
}

func (s *session) close() {
	if s.script != nil {
		_ = s.script.Close() // it was only read
	}
	s.script, s.awaited = nil, nil
}

// seek makes the script stand at the position. It is opened again when it was
// read further than what was committed.
func (s *session) seek(config Config, q request) (ready bool, err error) {
	if s.script != nil && s.script.Position() == q.From {
		return true, nil
	}
	if s.opening == nil {
		s.close()
		s.opening = make(chan opened, 1)
		go func(done chan<- opened) {
			script, err := open(config, q)
			done <- opened{script, err}
		}(s.opening)
	}
	select {
	case o := <-s.opening:
		s.opening, s.script = nil, o.script
		return o.err == nil && o.script.Position() == q.From, o.err
	case <-time.After(patience):
		return false, nil
	}
}

// open opens the files of a run and goes to a position.
func open(config Config, q request) (*file.Script, error) {
	p, ok := partner.ByID(config.Partners, q.Partner)
	if !ok {
		return nil, fmt.Errorf("no partner %q is configured", q.Partner)
	}
	drop := file.Drop{Run: q.Run, Dir: filepath.Join(config.Dir, filepath.Base(q.Run)), Files: q.Files, Seed: q.Seed}
	script, err := file.Open(p, drop)
	if err != nil {
		return nil, err
	}
	for script.Position() < q.From {
		if _, err := script.Next(); err != nil {
			return nil, errors.Join(fmt.Errorf("going to entry %d: %w", q.From, err), script.Close())
		}
	}
	return script, nil
}

// chunk takes entries until a bound, the end of the opening, or the date wanted.
func (r *reader) chunk(ctx context.Context, s *session, q request) (chunk, error) {
	c := chunk{Total: s.script.Total(), First: s.script.First(), Currency: s.script.Currency()}
	next, err := s.script.Peek()
	if err == nil {
		c.Hold = r.hold(ctx, s)
	}
	lines := 0
	var date time.Time // up to which all supplies are in stock
	for err == nil && c.Hold == "" && len(c.Entries) < chunkEntries && lines < chunkLines {
		documents := s.script.Documents()
		if documents && !c.Documents && len(c.Entries) > 0 {
			break // the opening ends a chunk, so that stock can be waited for
		}
		c.Documents = documents
		if documents && !q.Until.IsZero() && next.Date.After(q.Until) {
			break
		}
		if documents && next.Supply == nil && len(s.awaited) > 0 && next.Date.After(date) {
			if n := s.missing(&r.arrived, next.Date); n > 0 {
				if len(c.Entries) == 0 {
					c.Hold = fmt.Sprintf("%d supplies due by %s are not in stock yet", n, next.Date.Format(time.DateOnly))
				}
				break
			}
			date = next.Date
		}
		if next.Planned {
			s.expect(next.Supply)
		}
		c.Entries = append(c.Entries, next)
		lines += weight(next)
		if _, err = s.script.Next(); err == nil {
			next, err = s.script.Peek()
		}
	}
	if err == nil {
		c.Following = next.Date
	}
	c.Next, c.Rows = s.script.Position(), s.script.Rows()
	c.Done = errors.Is(err, io.EOF)
	if c.Done {
		err = nil
	}
	return c, err
}

func weight(e file.Entry) int {
	switch {
	case e.Order != nil:
		return len(e.Order.Lines)
	case e.Return != nil:
		return len(e.Return.Lines)
	}
	return 0
}

// hold says why a run must wait: its opening stock is not in stock yet, or the
// rooms behind have too much to do.
func (r *reader) hold(ctx context.Context, s *session) string {
	if s.script.Documents() && !s.stocked {
		missing, all := 0, s.script.Opening()
		for _, sup := range all {
			if !r.has(sup.Sku, sup.Node) {
				missing++
			}
		}
		if missing > 0 {
			return fmt.Sprintf("%d of %d opening supplies are not in stock yet", missing, len(all))
		}
		s.stocked = true
	}
	if r.config.Backlog == nil {
		return ""
	}
	backlog, err := r.config.Backlog(ctx)
	if err != nil {
		return "counting the backlog: " + err.Error()
	}
	ahead := r.config.Ahead
	if ahead == 0 {
		ahead = defaultAhead
	}
	if backlog > ahead {
		return fmt.Sprintf("%d records wait to be worked on", backlog)
	}
	return ""
}

// has says whether stock knows an item at a node: its opening was received.
func (r *reader) has(sku, node string) bool {
	p, ok := r.stock.Get(sku)
	for _, n := range p.Nodes {
		if ok && n.Node == node {
			return true
		}
	}
	return false
}
