package broker

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

func TestPlanRestore(t *testing.T) {
	now := time.Now()
	identity := store.Identity{Cluster: "c", TopicID: [16]byte{1}, Format: localFormat}
	other := identity
	other.TopicID = [16]byte{2}
	older := identity
	older.Format = 0
	fresh := func(next int64) store.Cursor {
		return store.Cursor{Identity: identity, Next: next, AppliedAt: now.Add(-time.Hour)}
	}
	log := logRange{start: 10, end: 100}
	for name, c := range map[string]struct {
		cursor store.Cursor
		known  bool
		from   int64
		wipe   string
		alarm  bool
	}{
		"new space":             {store.Cursor{}, false, 10, "", false},
		"behind":                {fresh(50), true, 50, "", false},
		"at the end":            {fresh(100), true, 100, "", false},
		"below the start":       {fresh(9), true, 10, "below", false},
		"beyond the end":        {fresh(101), true, 10, "beyond", true},
		"of another topic":      {store.Cursor{Identity: other, Next: 50, AppliedAt: now}, true, 10, "another cluster", true},
		"of an older layout":    {store.Cursor{Identity: older, Next: 50, AppliedAt: now}, true, 10, "local format", false},
		"older than tombstones": {store.Cursor{Identity: identity, Next: 50, AppliedAt: now.Add(-tombstoneLife - time.Minute)}, true, 10, "compacted", false},
		"old but complete":      {store.Cursor{Identity: identity, Next: 100, AppliedAt: now.Add(-tombstoneLife - time.Minute)}, true, 100, "", false},
	} {
		p := planRestore(c.cursor, c.known, identity, log, now)
		if p.from != c.from || p.alarm != c.alarm || (p.wipe == "") != (c.wipe == "") || !strings.Contains(p.wipe, c.wipe) {
			t.Errorf("%s: %+v, want from %d, wipe %q, alarm %v", name, p, c.from, c.wipe, c.alarm)
		}
	}
}

func TestPlanStart(t *testing.T) {
	mark := func(next int64) *changelog.Mark {
		return &changelog.Mark{Transaction: 7, Positions: []changelog.Position{{Topic: "in", Next: next}}}
	}
	ours := func(marked int64) writer { return writer{instance: "a", lanes: 2, marked: marked} }
	log := logRange{start: 10, end: 100}
	id := [16]byte{1}
	of := func(id [16]byte) *changelog.Mark {
		return &changelog.Mark{Positions: []changelog.Position{{Topic: "in", TopicID: id, Next: 50}}}
	}
	for name, c := range map[string]struct {
		committed committed
		mark      *changelog.Mark
		want      int64
		refused   string
	}{
		"mark of this topic":              {committed{50, ours(50)}, of(id), 50, ""},
		"mark of a topic of that name":    {committed{-1, writer{}}, of([16]byte{2}), 0, "made anew"},
		"both agree":                      {committed{50, ours(50)}, mark(50), 50, ""},
		"markers follow the last record":  {committed{52, ours(50)}, mark(50), 52, ""},
		"group offset has expired":        {committed{-1, writer{}}, mark(50), 50, ""},
		"never ran":                       {committed{-1, writer{}}, nil, 10, ""},
		"new input of an old topology":    {committed{-1, writer{}}, &changelog.Mark{}, 10, ""},
		"operator chose where to begin":   {committed{60, writer{}}, nil, 60, ""},
		"committed without a record":      {committed{10, ours(-1)}, &changelog.Mark{}, 10, ""},
		"they disagree":                   {committed{60, ours(60)}, mark(50), 0, "changed by hand"},
		"changelog was not read whole":    {committed{50, writer{"a", 1, 50, 8}}, mark(50), 0, "knows transaction 8"},
		"the mark is of that transaction": {committed{50, writer{"a", 1, 50, 7}}, mark(50), 50, ""},
		"group was set by hand":           {committed{60, writer{}}, mark(50), 0, "changed by hand"},
		"changelog was lost":              {committed{60, ours(60)}, nil, 0, "it was lost"},
		"retention passed the position":   {committed{9, ours(9)}, mark(9), 0, "retention removed"},
		"topic is shorter than we read":   {committed{101, ours(101)}, mark(101), 0, "replaced or truncated"},
		"mark below what retention keeps": {committed{-1, writer{}}, mark(3), 0, "retention removed"},
	} {
		got, err := planStart("app", "in", id, c.committed, c.mark, log)
		switch {
		case c.refused == "" && (err != nil || got != c.want):
			t.Errorf("%s: %d, %v, want %d", name, got, err, c.want)
		case c.refused != "" && (err == nil || !isStop(err) || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %d, %v, want a stop about %q", name, got, err, c.refused)
		}
	}
}

func TestLaggingOffsetsAreLeftToTheMark(t *testing.T) {
	mark := &changelog.Mark{Positions: []changelog.Position{{Topic: "in", Next: 50}}}
	log := logRange{start: 10, end: 100}
	for name, c := range map[string]struct {
		committed committed
		want      int64
		refused   bool
	}{
		"the group lags":      {committed{48, writer{instance: "a", marked: 48}}, 50, false},
		"both agree":          {committed{52, writer{instance: "a", marked: 50}}, 52, false},
		"the changelog lags":  {committed{60, writer{instance: "a", marked: 60}}, 0, true},
		"the group knows not": {committed{-1, writer{}}, 50, false},
	} {
		got, err := planStart("app", "in", [16]byte{}, unlag("in", c.committed, mark), mark, log)
		if got != c.want || isStop(err) != c.refused {
			t.Errorf("%s: %d, %v, want %d", name, got, err, c.want)
		}
	}
}

func TestMetadataOfAPositionNamesItsWriter(t *testing.T) {
	text := writer{instance: "host-1", lanes: 4, marked: 77, transaction: 9}.String()
	if got := readWriter(&text); got != (writer{instance: "host-1", lanes: 4, marked: 77, transaction: 9}) {
		t.Errorf("%+v", got)
	}
	before := "streams/1 host-1 4 77"
	if got := readWriter(&before); got != (writer{instance: "host-1", lanes: 4, marked: 77}) {
		t.Errorf("%+v", got)
	}
	for _, foreign := range []string{"", "streams/1", "streams/2 a 4 5", "streams/1 a -1 5", "streams/1 a 99999999 5", "streams/1 a 4 x", "free text of a consumer"} {
		if got := readWriter(&foreign); got != (writer{}) {
			t.Errorf("%q was taken for %+v", foreign, got)
		}
	}
	if got := readWriter(nil); got != (writer{}) {
		t.Errorf("no metadata was taken for %+v", got)
	}
}

// Outputs of a lane that has caught up wait no longer than a commit takes; one
// that is behind spends its time on inputs.
func TestPaceFollowsTheTimeThatCommitsTake(t *testing.T) {
	start := time.Now()
	p := pace{target: 100 * time.Millisecond}
	for _, c := range []struct{ took, idle, busy time.Duration }{
		{time.Millisecond / 2, minCommitWait, minCommitWait},
		{2 * time.Millisecond, minCommitWait, 8 * time.Millisecond},
		{10 * time.Millisecond, 10 * time.Millisecond, 40 * time.Millisecond},
		{80 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond},
	} {
		p.took = c.took
		p.committed(start, start.Add(c.took))
		ended := start.Add(c.took)
		for behind, want := range map[bool]time.Duration{true: c.busy, false: c.idle} {
			if p.allows(ended.Add(want-1), behind) || !p.allows(ended.Add(want), behind) {
				t.Errorf("after %s the next commit of a lane that is behind (%t) does not wait %s", c.took, behind, want)
			}
		}
	}
}

func TestPartitionOfIsThatOfKafkasProducers(t *testing.T) {
	// Hashes from the tests of Kafka's own murmur2.
	for key, hash := range map[string]int64{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "abc": 479470107} {
		if got, want := PartitionOf([]byte(key), 1000), int32((hash&0x7fffffff)%1000); got != want {
			t.Errorf("key %q: %d, want %d", key, got, want)
		}
	}
	if got := PartitionOf(nil, 7); got != PartitionOf([]byte{}, 7) {
		t.Errorf("no key is placed at %d", got)
	}
}

func TestRestoreSaysHowLongItGoesOn(t *testing.T) {
	start := time.Now()
	p := newRestore(100, 1100, start)
	if _, known := p.timeLeft(start.Add(time.Second)); known {
		t.Error("the pace is known before anything was read")
	}
	p.applied(150, 350)
	if left, known := p.timeLeft(start.Add(time.Second)); !known || left != 3*time.Second || p.offsetsLeft() != 750 {
		t.Errorf("%s and %d offsets left, want 3s and 750", left, p.offsetsLeft())
	}
}
