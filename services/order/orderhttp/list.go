package orderhttp

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// Bounds of a page.
const (
	defaultLimit = 50
	maxLimit     = 500
)

// place orders a list: newest first by when the buyer ordered, then by id.
type place struct {
	micros int64
	id     string
}

func (p place) before(q place) bool {
	return p.micros > q.micros || p.micros == q.micros && p.id < q.id
}

// entry is an order at its place.
type entry struct {
	place
	row Row
}

// query is what a list asks for.
type query struct {
	channel, source string
	status          event.OrderStatus
	limit           int
	after           *place
}

// fits says whether an order belongs into the list.
func (q *query) fits(o *order.Record) bool {
	return o.SubmissionID != "" &&
		(q.channel == "" || o.Channel == q.channel) &&
		(q.source == "" || o.Source == q.source) &&
		(q.status == "" || order.Status(o) == q.status)
}

// page is a list's answer.
type page struct {
	Orders     []Row  `json:"orders"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// list shows orders, newest first. It looks at every order of this process and
// keeps no more than a page of them.
func (e *Edge) list(w http.ResponseWriter, r *http.Request) {
	q, wrong := queryOf(r)
	if len(wrong) > 0 {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusBadRequest, "INVALID_QUERY", "The query cannot be understood.").WithErrors(wrong...))
		return
	}
	var found []entry
	err := e.Room.Scan(e.Runtime, func(id string, o *order.Record) bool {
		at := place{o.OrderedAt.UnixMicro(), id}
		if !q.fits(o) || q.after != nil && !q.after.before(at) {
			return true
		}
		n, _ := slices.BinarySearchFunc(found, at, func(a entry, b place) int {
			if a.place.before(b) {
				return -1
			}
			return 1
		})
		if n <= q.limit {
			found = slices.Insert(found, n, entry{at, rowOf(id, o)})
			found = found[:min(len(found), q.limit+1)]
		}
		return true
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	answer := page{Orders: []Row{}}
	if len(found) > q.limit {
		found = found[:q.limit]
		answer.NextCursor = cursorOf(found[q.limit-1].place)
	}
	for _, f := range found {
		answer.Orders = append(answer.Orders, f.row)
	}
	httpd.WriteJSON(w, r, http.StatusOK, answer)
}

// queryOf reads the query; fields name parameters.
func queryOf(r *http.Request) (*query, []httpd.Field) {
	v := r.URL.Query()
	q := &query{channel: v.Get("channel"), source: v.Get("source"), status: event.OrderStatus(v.Get("status")), limit: defaultLimit}
	var wrong []httpd.Field
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			wrong = append(wrong, httpd.Field{Pointer: "limit", Code: codeRange, Detail: fmt.Sprintf("a limit is from 1 to %d", maxLimit)})
		}
		q.limit = n
	}
	if text := v.Get("cursor"); text != "" {
		at, ok := placeOf(text)
		if !ok {
			wrong = append(wrong, httpd.Field{Pointer: "cursor", Code: httpd.CodeFormat, Detail: "want the next_cursor of a page before"})
		}
		q.after = &at
	}
	return q, wrong
}

func cursorOf(p place) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.micros, 10) + " " + p.id))
}

func placeOf(cursor string) (place, bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return place{}, false
	}
	micros, id, _ := strings.Cut(string(text), " ")
	n, err := strconv.ParseInt(micros, 10, 64)
	return place{n, id}, err == nil
}
