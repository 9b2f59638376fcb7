package cataloguehttp

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/services/catalogue/cataloguestream"
	"github.com/millrace/millrace/services/gateway"
)

// maxCrossrefs bounds a list.
const maxCrossrefs = 1000

// Crossref is what a partner's id means with us.
type Crossref struct {
	Partner    string     `json:"partner"`
	Kind       string     `json:"kind"`
	TheirID    string     `json:"their_id"`
	OurID      string     `json:"our_id"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	By         string     `json:"by"`
	Version    int64      `json:"version"`
	AsOf       time.Time  `json:"as_of"`
}

// Candidate is an item that a partner's id may mean.
type Candidate struct {
	SKU   string `json:"sku"`
	Name  string `json:"name"`
	Why   string `json:"why"`
	Score int    `json:"score"`
}

// listCrossrefs shows cross-references, those of one partner or kind.
func (e *Edge) listCrossrefs(w http.ResponseWriter, r *http.Request) {
	partner, kind := r.URL.Query().Get("partner"), r.URL.Query().Get("kind")
	answer := struct {
		Crossrefs []Crossref `json:"crossrefs"`
		More      bool       `json:"more"`
	}{Crossrefs: []Crossref{}}
	e.Room.Crossrefs(func(c *event.CrossrefPublished) bool {
		if partner == "" || c.Partner == partner {
			if kind == "" || string(c.Kind) == kind {
				answer.Crossrefs = append(answer.Crossrefs, Crossref{
					Partner: c.Partner, Kind: string(c.Kind), TheirID: c.TheirID, OurID: c.OurID, ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil,
					By: c.Author, Version: c.Version, AsOf: c.PublishedAt,
				})
			}
		}
		return true
	})
	slices.SortFunc(answer.Crossrefs, func(a, b Crossref) int {
		return cmp.Or(cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.TheirID, b.TheirID))
	})
	if len(answer.Crossrefs) > maxCrossrefs {
		answer.Crossrefs, answer.More = answer.Crossrefs[:maxCrossrefs], true
	}
	httpd.WriteCached(w, r, "no-cache", answer)
}

// candidates proposes what a partner's item may be.
func (e *Edge) candidates(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	u := catalogue.Unknown{Partner: q.Get("partner"), TheirID: q.Get("their_id"), Name: q.Get("name"), Barcode: q.Get("barcode")}
	if u.TheirID == "" || len(u.Partner)+len(u.TheirID)+len(u.Name)+len(u.Barcode) > 4*maxText {
		httpd.WriteError(w, r, unprocessable(httpd.Field{Pointer: "their_id", Code: httpd.CodeRange, Detail: "It is needed, and all is bounded at 800 bytes."}))
		return
	}
	httpd.WriteCached(w, r, "no-cache", map[string]any{"candidates": e.propose(u)})
}

func (e *Edge) propose(u catalogue.Unknown) []Candidate {
	found := []Candidate{}
	master := catalogue.Master{Products: e.Room.Products, Crossrefs: func(fn func(*event.CrossrefPublished)) {
		e.Room.Crossrefs(func(c *event.CrossrefPublished) bool {
			fn(c)
			return true
		})
	}}
	for _, c := range catalogue.Candidates(u, master) {
		found = append(found, Candidate{SKU: c.Sku, Name: c.Name, Why: c.Why, Score: c.Score})
	}
	return found
}

// Unmapped is a partner's id for which orders wait.
type Unmapped struct {
	Partner    string      `json:"partner"`
	Kind       string      `json:"kind"`
	TheirID    string      `json:"their_id"`
	Name       string      `json:"name"`
	Orders     int64       `json:"orders"`
	Worth      []Worth     `json:"worth"`
	Since      time.Time   `json:"since"`
	Candidates []Candidate `json:"candidates"`
}

// Worth is what waiting lines are worth in one currency.
type Worth struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// maxUnmapped bounds the queue that is shown.
const maxUnmapped = 100

// unmapped shows the ids for which orders wait, those of most orders first, with
// what each may mean.
func (e *Edge) unmapped(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Unmapped []Unmapped `json:"unmapped"`
		More     bool       `json:"more"`
	}{Unmapped: []Unmapped{}}
	err := e.Room.Unmapped(e.Rows, func(u cataloguestream.Unmapped) bool {
		row := Unmapped{Partner: u.Partner, Kind: string(u.Kind), TheirID: u.TheirID, Name: u.WantedName, Orders: u.WantedBy, Worth: []Worth{}}
		for _, worth := range u.WantedWorth {
			row.Worth = append(row.Worth, Worth{worth.Currency, gateway.FormatAmount(worth.MinorUnits, worth.Currency)})
		}
		if u.WantedSince != nil {
			row.Since = u.WantedSince.UTC()
		}
		answer.Unmapped = append(answer.Unmapped, row)
		return true
	})
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	slices.SortFunc(answer.Unmapped, func(a, b Unmapped) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.TheirID, b.TheirID))
	})
	if len(answer.Unmapped) > maxUnmapped {
		answer.Unmapped, answer.More = answer.Unmapped[:maxUnmapped], true
	}
	for n := range answer.Unmapped {
		u := &answer.Unmapped[n]
		u.Candidates = e.propose(catalogue.Unknown{Partner: u.Partner, TheirID: u.TheirID, Name: u.Name})
	}
	httpd.WriteCached(w, r, "no-cache", answer)
}

// mapping is a person's decision about what an id means.
type mapping struct {
	OurID      string     `json:"our_id"`
	ValidFrom  *time.Time `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until"`
	By         string     `json:"by"`
}

// kinds are what an id can name.
var kinds = []event.CrossrefKind{
	event.CrossrefKindItem, event.CrossrefKindCustomer, event.CrossrefKindShipTo, event.CrossrefKindNode, event.CrossrefKindService,
	event.CrossrefKindUnit, event.CrossrefKindReason,
}

// mapCrossref submits a row: 202, since the row's entity publishes it.
func (e *Edge) mapCrossref(w http.ResponseWriter, r *http.Request) {
	var m mapping
	if err := httpd.DecodeRequest(r, &m); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	row := event.CrossrefPublished{
		Partner: r.PathValue("partner"), Kind: event.CrossrefKind(r.PathValue("kind")), TheirID: r.PathValue("their_id"),
		OurID: m.OurID, ValidFrom: m.ValidFrom, ValidUntil: m.ValidUntil, Author: m.By, PublishedAt: e.Now().UTC().Truncate(time.Microsecond),
	}
	if wrong := e.wrong(&row); len(wrong) > 0 {
		httpd.WriteError(w, r, unprocessable(wrong...))
		return
	}
	if err := e.submit(r, &row); err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// wrong lists what cannot be taken of a mapping.
func (e *Edge) wrong(c *event.CrossrefPublished) (fields []httpd.Field) {
	for _, f := range []struct{ pointer, text string }{{"partner", c.Partner}, {"their_id", c.TheirID}, {"/our_id", c.OurID}, {"/by", c.Author}} {
		if f.text == "" || len(f.text) > maxText {
			fields = append(fields, httpd.Field{Pointer: f.pointer, Code: httpd.CodeRange, Detail: "It is needed, and bounded at 200 bytes."})
		}
	}
	if strings.Contains(c.Partner, "/") || !slices.Contains(kinds, c.Kind) {
		fields = append(fields, httpd.Field{Pointer: "kind", Code: httpd.CodeFormat, Detail: fmt.Sprintf("A kind is one of %v, and a partner's id has no slash.", kinds)})
	}
	if c.Kind == event.CrossrefKindItem && c.OurID != "" && e.Room.Product(c.OurID) == nil {
		fields = append(fields, httpd.Field{Pointer: "/our_id", Code: catalogue.NoSuchItem, Detail: fmt.Sprintf("There is no item %q.", clipped(c.OurID))})
	}
	if c.ValidFrom != nil && c.ValidUntil != nil && !c.ValidFrom.Before(*c.ValidUntil) {
		fields = append(fields, httpd.Field{Pointer: "/valid_until", Code: httpd.CodeRange, Detail: "It comes after valid_from."})
	}
	return fields
}

// submit asks the row's entity to publish it.
func (e *Edge) submit(r *http.Request, c *event.CrossrefPublished) error {
	row, err := e.crossrefs.Append(nil, c)
	if err != nil {
		return err
	}
	key := event.CrossrefKey(c.Partner, c.Kind, c.TheirID)
	value, err := e.submits.Append(nil, &event.CatalogSubmit{
		SubmissionID: uuid.NewString(), Kind: event.CatalogKindCrossref, RowKey: key, Row: row, Source: "edge", SubmittedAt: c.PublishedAt,
	})
	if err != nil {
		return err
	}
	_, _, err = e.Write(r.Context(), topic.CatalogSubmit.Name, cataloguestream.Key(event.CatalogKindCrossref, key), value)
	return err
}
