package orderstream_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams/streamstest"
)

// A node compares a document with the one that it has under the number: lines in
// another order make another document, which it refuses while it ships the first.
func TestAReminderIsTheSameDocument(t *testing.T) {
	c := open(t)
	put(c, submits, c.order(line("b", 1), line("a", 2), line("c", 3)))
	stock := &shelf{left: map[string]int64{"a north": 9, "b north": 9, "c north": 9}, grants: map[string][]event.Grant{}}
	for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
		for _, cmd := range cmds {
			stock.answer(c, cmd)
		}
	}
	c.Advance(3 * time.Hour)
	asked := streamstest.Of(c.Driver, typed[event.FulfilmentRequested](topic.FulfilmentRequested), c.id)
	if len(asked) != 2 {
		t.Fatalf("the node was asked %d times, want once and reminded", len(asked))
	}
	for n, l := range asked[0].Lines {
		if asked[1].Lines[n] != l {
			t.Errorf("line %d is %+v, the reminder says %+v", n, l, asked[1].Lines[n])
		}
	}
}
