package file

import "time"

// Bounds of a document.
const (
	window  = 1000   // rows after which a document without a new one is closed
	maxRows = 10_000 // of a document
)

// document is rows with the same number.
type document struct {
	number string
	date   time.Time // of its first row
	rows   []judged
	last   int64 // number of its last row
}

// judged is a row with what it is.
type judged struct {
	Row
	class  Class
	reason string
	line   int // place in the document, the first is 1
}

// grouping brings rows of one document together though others stand between
// them. Documents come out in the order of their first rows.
type grouping struct {
	open   map[string]*document
	queue  []*document // open and not given yet, by first row
	closed map[string]bool
}

func newGrouping() *grouping {
	return &grouping{open: make(map[string]*document), closed: make(map[string]bool)}
}

// add takes a row; a reason says that it was refused instead.
func (g *grouping) add(number string, date time.Time, row judged) (refused string) {
	if g.closed[number] {
		return Scattered
	}
	d := g.open[number]
	if d == nil {
		d = &document{number: number, date: date}
		g.open[number] = d
		g.queue = append(g.queue, d)
	}
	if len(d.rows) == maxRows {
		return TooLong
	}
	row.line = len(d.rows) + 1
	d.rows = append(d.rows, row)
	d.last = row.Number
	return ""
}

// next returns the first document when it is complete: no row of it has come
// for a while, or the file is at its end.
func (g *grouping) next(at int64, end bool) *document {
	if len(g.queue) == 0 || (!end && at-g.queue[0].last < window) {
		return nil
	}
	d := g.queue[0]
	g.queue = g.queue[1:]
	delete(g.open, d.number)
	g.closed[d.number] = true
	return d
}
