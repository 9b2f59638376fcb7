package broker

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// localFormat is the version of how rows are kept in stores.
const localFormat = 1

// restorePlan says how to bring a task's local rows up to its changelog's end.
type restorePlan struct {
	from int64
	// wipe says why the local rows are useless; empty when they are not.
	wipe string
	// alarm says that they should not have been: somebody must look.
	alarm bool
}

// planRestore compares a space's cursor with its changelog. known is false for
// a new space.
func planRestore(c store.Cursor, known bool, want store.Identity, log logRange, now time.Time) restorePlan {
	return planCopy(c, known, want, log, tombstoneLife, now)
}

// planCopy is planRestore for any compacted topic, whose tombstones live at
// least as long as life.
func planCopy(c store.Cursor, known bool, want store.Identity, log logRange, life time.Duration, now time.Time) restorePlan {
	anew := func(why string, alarm bool) restorePlan {
		return restorePlan{from: log.start, wipe: why, alarm: alarm}
	}
	switch {
	case !known:
		return restorePlan{from: log.start}
	case c.Identity.Format != want.Format:
		return anew(fmt.Sprintf("local format %d, want %d", c.Identity.Format, want.Format), false)
	case c.Identity != want:
		return anew("rows are of another cluster or topic", true)
	case c.Next > log.end:
		return anew(fmt.Sprintf("local position %d is beyond the log's end %d", c.Next, log.end), true)
	case c.Next < log.start:
		return anew(fmt.Sprintf("local position %d is below the log's start %d", c.Next, log.start), false)
	case now.Sub(c.AppliedAt) > life && c.Next < log.end:
		return anew(fmt.Sprintf("last change was applied at %s, deletions since may be compacted away", c.AppliedAt.UTC().Format(time.RFC3339)), false)
	}
	return restorePlan{from: c.Next}
}

// unlag leaves the position to the mark where the mark is further. It is for
// brokers that may lose the offsets of a transaction whose records they keep.
func unlag(topic string, c committed, mark *changelog.Mark) committed {
	if mark != nil && c.next >= 0 && marked(topic, mark.Positions) > c.by.marked {
		return committed{next: -1}
	}
	return c
}

// planStart decides where to read an input from. The group's offset and the
// mark in the changelog are written in one transaction: they agree, unless one
// of them was lost or changed by hand. Any doubt is a stopError.
func planStart(app, topic string, id [16]byte, c committed, mark *changelog.Mark, log logRange) (int64, error) {
	at := int64(-1)
	if mark != nil {
		at = marked(topic, mark.Positions)
		if was := markedID(topic, mark.Positions); was != id && was != [16]byte{} {
			return 0, stop(errRecreated(topic, app))
		}
	}
	ours := c.next >= 0 && c.by.instance != ""
	next := c.next
	switch {
	case ours && mark == nil:
		return 0, stop(fmt.Errorf("input %s: the group is at offset %d but the changelog is empty: it was lost; restore it, or delete the group's offsets to handle all inputs again", topic, next))
	case ours && c.by.transaction > mark.Transaction:
		return 0, stop(fmt.Errorf("input %s: the group knows transaction %d of this task, the changelog ends with %d: it lost records; restore it, or delete group and changelog to start anew",
			topic, c.by.transaction, mark.Transaction))
	case ours && c.by.marked != at, !ours && next >= 0 && at >= 0 && next != at:
		return 0, stop(fmt.Errorf("input %s: the group is at offset %d but the changelog at %d: they are written together, so one was changed by hand; set the group back to %d, or delete group and changelog to start anew",
			topic, next, at, at))
	case next < 0 && at >= 0:
		next = at
	case next < 0:
		next = log.start
	}
	if next < log.start {
		return 0, stop(fmt.Errorf("input %s: retention removed records from offset %d to %d before they were handled; to accept that loss, run `millrace streams skip --topology %s --topic %s --partition P --to %d` for this partition",
			topic, next, log.start, app, topic, log.start))
	}
	if next > log.end {
		return 0, stop(fmt.Errorf("input %s: the group is at offset %d but the log ends at %d: the topic was replaced or truncated", topic, next, log.end))
	}
	return next, nil
}
