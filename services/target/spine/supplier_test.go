package spine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/streamstest"
)

var (
	purchases = typed[event.PurchaseRequested](topic.PurchaseRequested)
	decisions = typed[event.PurchaseAccepted](topic.PurchaseAccepted)
	counted   = typed[event.InventoryBaseline](topic.InventoryBaseline)
	manifests = typed[event.InventoryBaselineBatch](topic.InventoryBaselineBatch)
)

// maker is a simulated supplier: it sells to us and to others, counts what it has
// free, and decides about each purchase by that.
type maker struct {
	*world
	rng  *rand.Rand
	free map[string]int64
	sold map[string]int64 // units of ours that left
	seq  int64            // of what happened there
	jobs []*sale
}

// sale is a purchase of ours, as the supplier sees it.
type sale struct {
	event.PurchaseRequested
	accepted       []int64
	decided, ended bool
	stop           bool
}

const works = "works"

func newMaker(t testing.TB, seed uint64) *maker {
	config := stockstream.Config{Rules: stock.Rules{
		Suppliers: map[string]string{works: "maker"}, Authority: map[string]string{works: "maker"},
		Contracts: map[string]stock.Contract{"maker": {Sellable: true, Skew: time.Minute, Breaker: stock.Breaker{Zeroed: 100, Changed: 100, Moved: 100}}},
	}}
	w := newWorldOf(t, seed, habits{obeys: true}, []string{"north", works}, config)
	return &maker{world: w, rng: rand.New(rand.NewPCG(seed, 31)), free: make(map[string]int64), sold: make(map[string]int64)}
}

// count sends what is free now as a complete baseline.
func (m *maker) count() {
	m.seq++
	batch := &event.InventoryBaselineBatch{
		Source: "maker", Batch: fmt.Sprint("count-", m.seq), Action: event.BaselineActionManifest, Complete: true, Nodes: []string{works},
		WatermarkSeq: m.seq, WatermarkAt: m.Now(), SentAt: m.Now(),
	}
	for _, sku := range slices.Sorted(maps.Keys(m.free)) {
		row := &event.InventoryBaseline{Source: "maker", Batch: batch.Batch, Sku: sku, Node: works, Qty: m.free[sku], WatermarkSeq: m.seq, WatermarkAt: m.Now()}
		batch.Rows, batch.Checksum = batch.Rows+1, batch.Checksum+row.Fingerprint()
		streamstest.Send(m.Driver, counted, sku, row)
	}
	streamstest.Send(m.Driver, manifests, "maker", batch)
}

// read takes new purchases and cancels; a purchase sent again is the same one.
func (m *maker) read(t *testing.T) {
	for _, r := range streamstest.Read(m.Driver, purchases) {
		p := r.Value
		i := slices.IndexFunc(m.jobs, func(s *sale) bool { return s.PurchaseID == p.PurchaseID })
		if i < 0 {
			m.jobs = append(m.jobs, &sale{PurchaseRequested: p, accepted: make([]int64, len(p.Lines))})
			continue
		}
		was := m.jobs[i].PurchaseRequested
		if was.Attempt, p.Attempt = 0, 0; fmt.Sprintf("%+v", was.Lines) != fmt.Sprintf("%+v", p.Lines) || was.OrderID != p.OrderID || !was.RequestedAt.Equal(p.RequestedAt) {
			t.Errorf("purchase %s was sent again as another document: %+v, before %+v", p.PurchaseID, p, was)
		}
	}
	for _, r := range streamstest.Read(m.Driver, recalls) {
		for _, s := range m.jobs {
			s.stop = s.stop || s.PurchaseID == r.Value.FulfilmentID
		}
	}
}

// decide takes on what is free of a purchase, and now and then less.
func (m *maker) decide(s *sale) {
	m.seq++
	d := &event.PurchaseAccepted{PurchaseID: s.PurchaseID, OrderID: s.OrderID, Node: works, Source: "maker", SourceSeq: m.seq, DecidedAt: m.Now(), Document: fmt.Sprint("D", m.seq)}
	for n, l := range s.Lines {
		s.accepted[n] = min(l.Qty, m.free[l.Sku])
		if m.rng.IntN(6) == 0 {
			s.accepted[n] = m.rng.Int64N(s.accepted[n] + 1)
		}
		m.free[l.Sku] -= s.accepted[n]
		d.Lines = append(d.Lines, event.DecidedLine{LineID: l.LineID, Sku: l.Sku, Accepted: s.accepted[n], Refused: l.Qty - s.accepted[n], Reason: "GONE"})
	}
	s.decided, s.ended = true, !slices.ContainsFunc(s.accepted, func(n int64) bool { return n > 0 })
	streamstest.Send(m.Driver, decisions, s.OrderID, d)
	if m.rng.IntN(5) == 0 {
		streamstest.Send(m.Driver, decisions, s.OrderID, d)
	}
}

// end stops a sale or ships what was accepted of it.
func (m *maker) end(s *sale) {
	m.seq++
	s.ended = true
	r := &event.FulfilmentReported{
		FulfilmentID: s.PurchaseID, OrderID: s.OrderID, Node: works, Partner: "twin", Word: "gone", Final: true,
		Source: "node:works", SourceSeq: m.seq, OccurredAt: m.Now(), Document: fmt.Sprint("S", m.seq),
	}
	if s.stop {
		r.Word, r.Document = "stopped", ""
		for n, l := range s.Lines {
			m.free[l.Sku] += s.accepted[n]
		}
	} else {
		for n, l := range s.Lines {
			if s.accepted[n] > 0 {
				m.sold[l.Sku] += s.accepted[n]
				r.Lines = append(r.Lines, event.ShipmentLine{LineID: l.LineID, Sku: l.Sku, Qty: s.accepted[n]})
			}
		}
	}
	streamstest.Send(m.Driver, reports, s.OrderID, r)
}

// work does one thing of what there is to do.
func (m *maker) work(t *testing.T) {
	m.read(t)
	var open []*sale
	for _, s := range m.jobs {
		if !s.ended {
			open = append(open, s)
		}
	}
	switch n := m.rng.IntN(10); {
	case n == 0:
		m.count()
	case n == 1: // others buy, or goods are made
		sku := fmt.Sprint("sku", m.rng.IntN(3))
		m.free[sku] = max(0, m.free[sku]+m.rng.Int64N(13)-6)
		m.seq++
	case len(open) > 0:
		s := open[m.rng.IntN(len(open))]
		if !s.decided && !s.stop {
			m.decide(s)
		} else {
			m.end(s)
		}
	}
}

func TestASuppliersGoodsAreSoldByItsCountAndSettledByItsDecisions(t *testing.T) {
	seeds := uint64(24)
	if testing.Short() {
		seeds = 8
	}
	var provisional, refused, units int64
	for seed := range seeds {
		m := newMaker(t, seed)
		for n := range 3 {
			m.free[fmt.Sprint("sku", n)] = 5 + m.rng.Int64N(40)
			m.receive(fmt.Sprint("sku", n), "north", 1+m.rng.Int64N(20))
		}
		m.count()
		m.Run()
		for n := range 25 {
			s := draw(m.rng, n, 3)
			s.Shortage = event.ShortagePolicyCancel
			m.submit(s)
			if m.rng.IntN(6) == 0 {
				streamstest.Send(m.Driver, cancels, s.OrderID, &event.OrderCancel{OrderID: s.OrderID, Reason: "CUSTOMER"})
			}
			m.Advance(time.Duration(m.rng.IntN(120)) * time.Second)
			m.work(t)
		}
		for range 400 {
			m.Advance(time.Minute)
			m.work(t)
		}
		m.count()
		m.Settle(36 * time.Hour)
		m.NoDeadLetters()
		m.checkEnded(t, seed)
		for _, r := range streamstest.Read(m.Driver, typed[event.OrderAllocated](topic.OrderAllocated)) {
			for _, a := range r.Value.Allocations {
				if a.Provisional != (a.Node == works) || a.Provisional != (a.Owner == "maker") {
					t.Errorf("seed %d: allocation %+v", seed, a)
				}
				if a.Provisional {
					provisional += a.Qty
				}
			}
		}
		for _, r := range streamstest.Read(m.Driver, decisions) {
			for _, l := range r.Value.Lines {
				refused += l.Refused
			}
		}
		for _, n := range m.sold {
			units += n
		}
		log := record(m.Driver)
		find(log, topic.PurchaseRequested, func(p, n int, r *event.PurchaseRequested) bool { // a reminder is sent, too
			r.Attempt++
			log.sentAgain(topic.PurchaseRequested, log.topics[topic.PurchaseRequested.Name][p][n].Time, &event.PartnerOutbound{DocumentID: r.PurchaseID, Partner: works, Kind: "purchase"},
				r.OrderID, encode(topic.PurchaseRequested, r), sending{"1 lamp", "the reminder", 1})
			return true
		})
		for pace := range uint64(3) {
			_, found := log.audited(t, pace)
			for _, v := range found[:min(len(found), 5)] {
				t.Errorf("seed %d read at pace %d: %s of %s: want %s, got %s, see %v", seed, pace, v.Invariant, v.Key, v.Expected, v.Seen, v.Records)
			}
		}
	}
	if provisional == 0 || refused == 0 || units == 0 {
		t.Errorf("%d units were promised provisionally, %d refused, %d shipped: the histories show too little", provisional, refused, units)
	}
}

// checkEnded: every order has ended, what left is what the supplier says left, and the
// supplier's stock here is its count.
func (m *maker) checkEnded(t *testing.T, seed uint64) {
	t.Helper()
	for _, s := range m.submitted {
		f, err := m.orders.Facts(m.Driver, s.OrderID)
		if err != nil || f == nil {
			t.Fatalf("order %s: %v, %v", s.OrderID, f, err)
		}
		if o := f.Order; order.Open(o) || o.Pending != 0 || o.InFlight != 0 {
			t.Errorf("seed %d: order %s has not ended: %+v", seed, s.ExternalID, o)
		}
		for _, l := range order.Lines(f) {
			if l.Provisional != 0 {
				t.Errorf("seed %d: order %s ended with %+v", seed, s.ExternalID, l)
			}
		}
	}
	left := make(map[string]int64)
	for _, r := range streamstest.Read(m.Driver, movements) {
		if v := r.Value; v.Node == works && v.ReservationID != "" {
			left[v.Sku] += v.Qty
			if v.Owner != "maker" {
				t.Errorf("seed %d: movement %+v is not of the maker's units", seed, v)
			}
		}
	}
	newest := make(map[string]event.InventoryPosition)
	for _, r := range streamstest.Read(m.Driver, positions) {
		newest[r.Key] = r.Value
	}
	for sku, p := range newest {
		for _, n := range p.Nodes {
			if n.Reserved != 0 || n.Contained != 0 || n.Node == works && (n.Available != m.free[sku] || n.Owner != "maker") {
				t.Errorf("seed %d: %s at the end %+v, the maker has %d free", seed, sku, n, m.free[sku])
			}
		}
		if left[sku] != m.sold[sku] {
			t.Errorf("seed %d: %d units of %s left the maker, it shipped %d", seed, left[sku], sku, m.sold[sku])
		}
	}
}
