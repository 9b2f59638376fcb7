package sandbox

import (
	"net/http"
	"sort"
	"strconv"
	"time"
)

// feed keeps what happened for those who ask for it by sequence. The owner's
// lock guards it.
type feed struct {
	events  []happening
	changed chan struct{} // closed at the next event
	dropped int64         // sequence up to which events are gone
}

// maxFeed bounds the events in memory. A reader that has fallen further behind
// gets 410 and must compare books instead.
const maxFeed = 1 << 20

func newFeed() *feed { return &feed{changed: make(chan struct{})} }

func (f *feed) add(events []happening) {
	if len(events) == 0 {
		return
	}
	f.events = append(f.events, events...)
	if over := len(f.events) - maxFeed; over > 0 {
		f.dropped = f.events[over-1].Seq
		f.events = append([]happening(nil), f.events[over:]...)
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// after returns at most limit events later than seq, in order, shared.
func (f *feed) after(seq int64, limit int) []happening {
	from := sort.Search(len(f.events), func(i int) bool { return f.events[i].Seq > seq })
	return f.events[from:min(len(f.events), from+limit)]
}

// cursor is what GET /events asks for.
type cursor struct {
	after int64
	limit int
	wait  time.Duration
}

const (
	maxPage = 1000
	maxWait = 10 * time.Second
)

// readCursor reads ?after=SEQ&limit=N&wait=1s, all optional.
func readCursor(r *http.Request) (cursor, bool) {
	c := cursor{limit: maxPage}
	ok := true
	q := r.URL.Query()
	if v := q.Get("after"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		c.after, ok = n, ok && err == nil && n >= 0
	}
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		c.limit, ok = min(n, maxPage), ok && err == nil && n > 0
	}
	if v := q.Get("wait"); v != "" {
		d, err := time.ParseDuration(v)
		c.wait, ok = min(d, maxWait), ok && err == nil && d >= 0
	}
	return c, ok
}
