package returnshttp

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/returns"
)

// Row is a return in a list.
type Row struct {
	ReturnID    string            `json:"return_id"`
	Channel     string            `json:"channel,omitempty"`
	ExternalID  string            `json:"external_id,omitempty"`
	State       event.ReturnState `json:"state"`
	Outcome     string            `json:"outcome,omitempty"`
	Decision    string            `json:"decision,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Number      string            `json:"number,omitempty"` // of the authorisation at the system of record
	WaitsFor    returns.Cause     `json:"waits_for,omitempty"`
	WaitsSince  *time.Time        `json:"waits_since,omitempty"`
	Customer    string            `json:"customer,omitempty"`
	Currency    string            `json:"currency,omitempty"`
	RequestedAt *time.Time        `json:"requested_at,omitempty"`
	Units       int64             `json:"units"`     // asked for or here
	Here        int64             `json:"here"`      // arrived
	Waiting     int64             `json:"waiting"`   // wait for a person
	Over        int64             `json:"over"`      // beyond what the buyer had
	Unmatched   int64             `json:"unmatched"` // fit no order
	Credited    int64             `json:"credited"`
	Exchanged   int64             `json:"exchanged"`
	Refused     int64             `json:"refused"` // settlement gives nothing for them
	Total       string            `json:"total"`
}

// Return is everything known of a return.
type Return struct {
	Row
	Lines []Line `json:"lines"`
}

// Line is one line of a return.
type Line struct {
	ReturnLine  string         `json:"return_line"`
	SKU         string         `json:"sku"`
	Kind        event.LineKind `json:"kind"`
	Quantity    int64          `json:"quantity"` // asked for; 0 for units that nobody announced
	UnitPrice   string         `json:"unit_price"`
	ExchangeSKU string         `json:"exchange_sku,omitempty"`
	Origins     []Origin       `json:"origins"`
}

// Origin is units of a line that came with one order line.
type Origin struct {
	OrderID    string `json:"order_id"`
	LineID     string `json:"line_id"`
	ShipmentID string `json:"shipment_id,omitempty"`
	Stated     bool   `json:"stated"` // named by the buyer or a person; else found
	Quantity   int64  `json:"quantity"`
	Accepted   int64  `json:"accepted"` // the order gave them
	Asked      int64  `json:"asked"`    // settlement was asked to credit them
}

func rowOf(id string, r *returns.Record) Row {
	row := Row{
		ReturnID: id, Channel: r.Channel, ExternalID: r.ExternalID, State: r.State, Reason: r.DecisionReason, Currency: r.Currency, RequestedAt: r.RequestedAt,
		Units: r.Units, Here: r.Here, Waiting: r.Waits, Over: r.Over, Unmatched: r.Unmatched, Credited: r.Credited, Exchanged: r.Exchanged, Refused: r.Refused,
		Total: gateway.FormatAmount(r.Total, r.Currency), Number: returns.Number(r),
	}
	row.WaitsFor, row.WaitsSince = returns.Waits(r)
	if r.Outcome != event.ReturnOutcomeUnknown {
		row.Outcome = string(r.Outcome)
	}
	if r.Decision != event.ReturnDecisionUnknown {
		row.Decision = string(r.Decision)
	}
	if r.Customer != nil {
		row.Customer = r.Customer.PartyID
	}
	return row
}

func viewOf(id string, r *returns.Record, entries []*returns.Entry) Return {
	shown := Return{Row: rowOf(id, r), Lines: []Line{}}
	slices.SortFunc(entries, func(a, b *returns.Entry) int {
		return cmp.Or(cmp.Compare(len(a.ReturnLine), len(b.ReturnLine)), cmp.Compare(a.ReturnLine, b.ReturnLine))
	})
	for _, x := range entries {
		l := Line{
			ReturnLine: x.ReturnLine, SKU: x.Sku, Kind: x.Kind, Quantity: x.Qty, UnitPrice: gateway.FormatPrice(x.UnitPriceE6, x.Currency), Origins: []Origin{},
		}
		if x.ExchangeSku != nil {
			l.ExchangeSKU = *x.ExchangeSku
		}
		for _, p := range x.Parts {
			o := Origin{OrderID: p.OrderID, LineID: p.LineID, Stated: p.Stated, Quantity: p.Qty, Accepted: p.Accepted, Asked: p.Asked}
			if p.ShipmentID != nil {
				o.ShipmentID = *p.ShipmentID
			}
			l.Origins = append(l.Origins, o)
		}
		shown.Lines = append(shown.Lines, l)
	}
	return shown
}

// Bounds of a list.
const (
	defaultLimit = 50
	maxLimit     = 500
)

// list shows the returns of this process, those asked for last first; with
// waiting=true only those that wait for a person.
func (e *Edge) list(w http.ResponseWriter, r *http.Request) {
	limit := defaultLimit
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			httpd.WriteProblem(w, r, invalid(httpd.Field{Pointer: "limit", Code: httpd.CodeRange, Detail: "a limit is from 1 to 500"}))
			return
		}
		limit = n
	}
	waiting, state := r.URL.Query().Get("waiting") == "true", event.ReturnState(r.URL.Query().Get("state"))
	answer := struct {
		Returns []Row `json:"returns"`
		More    bool  `json:"more"`
	}{Returns: []Row{}}
	after := func(a, b Row) int {
		return cmp.Or(timeOf(b.RequestedAt).Compare(timeOf(a.RequestedAt)), cmp.Compare(a.ReturnID, b.ReturnID))
	}
	err := e.Room.Scan(e.Runtime, func(id string, x *returns.Record) bool {
		if waiting && !needsPerson(x) || state != "" && x.State != state {
			return true
		}
		row := rowOf(id, x)
		at, _ := slices.BinarySearchFunc(answer.Returns, row, after)
		answer.Returns = slices.Insert(answer.Returns, at, row)
		if len(answer.Returns) > limit {
			answer.Returns, answer.More = answer.Returns[:limit], true
		}
		return true
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, answer)
}

func needsPerson(r *returns.Record) bool {
	cause, _ := returns.Waits(r)
	return cause == returns.WaitPerson
}

// timeOf is when a return was asked for; what nobody asked for comes first.
func timeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Unix(1<<40, 0)
	}
	return *at
}

// Summary adds up returns.
type Summary struct {
	Returns map[event.ReturnState]int64 `json:"returns"` // by state
	Waiting int64                       `json:"waiting"` // wait for a person
	Lines   Lines                       `json:"lines"`
	Units   Units                       `json:"units"`
	Money   map[string]string           `json:"money"` // credited, by currency
	// SoldUnits left with the orders that returns know of. When it is all that was
	// shipped and nothing is in flight, what is found does not change any more.
	SoldUnits int64 `json:"sold_units"`
	InFlight  int64 `json:"in_flight"` // records between orders, accounts and returns
}

// Lines counts lines of returns. Goods = matched + over + unmatched + open.
type Lines struct {
	Goods     int64 `json:"goods"`
	Charges   int64 `json:"charges"`
	Matched   int64 `json:"matched"`
	Over      int64 `json:"over"`
	Unmatched int64 `json:"unmatched"`
	Open      int64 `json:"open"` // searched still, or given up
}

// Units counts units of goods.
type Units struct {
	Returned  int64 `json:"returned"` // asked for or here
	Here      int64 `json:"here"`
	Over      int64 `json:"over"`
	Unmatched int64 `json:"unmatched"`
	Credited  int64 `json:"credited"`
	Exchanged int64 `json:"exchanged"`
	Refused   int64 `json:"refused"`
}

// summary adds up the returns of this process, all or those of one channel.
func (e *Edge) summary(w http.ResponseWriter, r *http.Request) {
	sum := Summary{Returns: map[event.ReturnState]int64{}, Money: map[string]string{}}
	money, channel := make(map[string]int64), r.URL.Query().Get("channel")
	err := e.Room.Scan(e.Runtime, func(_ string, x *returns.Record) bool {
		if channel != "" && x.Channel != channel {
			return true
		}
		sum.count(x)
		if x.Currency != "" {
			money[x.Currency] += x.Total
		}
		return true
	})
	if err == nil {
		sum.SoldUnits, err = e.Room.Sold(e.Runtime)
	}
	if err == nil {
		sum.InFlight, err = e.Room.InFlight(e.Runtime)
	}
	if err != nil {
		e.fail(w, r, err)
		return
	}
	for code, minor := range money {
		sum.Money[code] = gateway.FormatAmount(minor, code)
	}
	httpd.WriteJSON(w, r, http.StatusOK, sum)
}

func (s *Summary) count(x *returns.Record) {
	s.Returns[x.State]++
	if needsPerson(x) {
		s.Waiting++
	}
	s.Lines.Goods += x.Lines
	s.Lines.Charges += x.Charges
	s.Lines.Matched += x.Matched
	s.Lines.Over += x.OverLines
	s.Lines.Unmatched += x.UnmatchedLines
	s.Lines.Open += x.Lines - x.Matched - x.OverLines - x.UnmatchedLines
	s.Units.Returned += x.Units
	s.Units.Here += x.Here
	s.Units.Over += x.Over
	s.Units.Unmatched += x.Unmatched
	s.Units.Credited += x.Credited
	s.Units.Exchanged += x.Exchanged
	s.Units.Refused += x.Refused
}
