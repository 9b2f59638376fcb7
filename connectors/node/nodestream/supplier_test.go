package nodestream_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/node/nodestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// market is a supplier's twin and what reaches us of it.
type market struct {
	*scene
	works     *sandbox.Supplier
	purchases streams.Topic[event.PurchaseRequested]
	decisions streams.Topic[event.PurchaseAccepted]
	baselines streams.Topic[event.InventoryBaseline]
	manifests streams.Topic[event.InventoryBaselineBatch]
}

func newMarket(t *testing.T, opts streamstest.Options, profile sandbox.Profile) *market {
	t.Helper()
	works, err := sandbox.StartSupplier(sandbox.Options{Name: "works", Profile: profile, Seed: opts.Seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = works.Close() })
	nodes, err := catalog.Nodes(partner.WithBaseURL(partner.Offered(), "works", works.URL()))
	if err != nil {
		t.Fatal(err)
	}
	nodes[0].Wait = time.Millisecond
	s := codec.NewMemory()
	room := nodestream.New(s, nodes...)
	return &market{
		scene: &scene{
			Driver: streamstest.New(t, opts, room.Topology), room: room, cancels: of[event.FulfilmentCancel](s, topic.FulfilmentCancel),
			reports: of[event.FulfilmentReported](s, topic.FulfilmentReported), outbound: of[event.PartnerOutbound](s, topic.PartnerOutbound),
			supplies: of[event.InventorySupply](s, topic.InventorySupply),
		},
		works: works, purchases: of[event.PurchaseRequested](s, topic.PurchaseRequested), decisions: of[event.PurchaseAccepted](s, topic.PurchaseAccepted),
		baselines: of[event.InventoryBaseline](s, topic.InventoryBaseline), manifests: of[event.InventoryBaselineBatch](s, topic.InventoryBaselineBatch),
	}
}

// changes tells the twin that its stock changed, until it took that.
func (m *market) changes(t *testing.T, number, article string, pieces int64) {
	t.Helper()
	body := fmt.Sprintf(`{"number":%q,"article":%q,"pieces":%d}`, number, article, pieces)
	for deadline := time.Now().Add(time.Minute); ; {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.works.URL()+"/stock-changes", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Idempotency-Key", number)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode < 300 {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the supplier does not take a change of its stock: %v", err)
		}
	}
}

func (m *market) buy(order string, qty int64) {
	streamstest.Send(m.Driver, m.purchases, order, &event.PurchaseRequested{
		PurchaseID: order + "-works", OrderID: order, Node: "works", Owner: "works", Kind: event.PurchaseKindSupplier, Attempt: 1,
		Lines: []event.PurchaseLine{{LineID: "1", Sku: "tea", Qty: qty}},
	})
}

// A supplier that loses answers, breaks and says events twice decides about each
// purchase once, and what it accepted is what it ships.
func TestASupplierIsAskedOncePerPurchaseAndItsDecisionComesBackOnce(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond, profile.MaxStep = 0, 0, time.Millisecond
	for seed := range uint64(3) {
		m := newMarket(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.1}, profile)
		m.changes(t, "C1", "tea", 300)
		const orders = 60
		asked := int64(0)
		for n := range orders {
			qty := int64(1 + n%13)
			asked += qty
			m.buy(fmt.Sprint("order", n), qty)
			m.buy(fmt.Sprint("order", n), qty) // a reminder is the same document
		}
		settled := func() (decided int, accepted, refused, shipped int64) {
			for _, r := range streamstest.Read(m.Driver, m.decisions) {
				decided++
				for _, l := range r.Value.Lines {
					accepted, refused = accepted+l.Accepted, refused+l.Refused
				}
			}
			for _, r := range streamstest.Read(m.Driver, m.reports) {
				for _, l := range r.Value.Lines {
					shipped += l.Qty
				}
			}
			return decided, accepted, refused, shipped
		}
		m.until(t, "everything is decided and shipped", func() bool {
			decided, accepted, _, shipped := settled()
			return decided >= orders && shipped >= accepted
		})
		m.NoDeadLetters()
		decided, accepted, refused, shipped := settled()
		b := m.works.Books()
		if decided != orders || accepted+refused != asked || accepted != 300 || shipped != accepted || b.Total.Shipped != shipped {
			t.Errorf("seed %d: %d decisions, %d accepted and %d refused of %d, %d shipped, the supplier shipped %d", seed, decided, accepted, refused, asked, shipped, b.Total.Shipped)
		}
		if b.Documents != b.Keys || b.Documents != orders+1 || b.Repeats == 0 {
			t.Errorf("seed %d: %d documents under %d keys, %d repeats; want %d", seed, b.Documents, b.Keys, b.Repeats, orders+1)
		}
	}
}

func TestASuppliersCountsBecomeCompleteBaselinesOfItsNodeOnceEach(t *testing.T) {
	m := newMarket(t, streamstest.Options{CrashRate: 0.2}, sandbox.Quick)
	m.changes(t, "C1", "tea", 9)
	m.changes(t, "C2", "cup", 4)
	counts := func() []streams.Record[event.InventoryBaselineBatch] { return streamstest.Read(m.Driver, m.manifests) }
	m.until(t, "a count", func() bool { return len(counts()) > 0 })
	m.Advance(5 * time.Minute) // asked again, it has nothing new to say
	if n := len(counts()); n != 1 {
		t.Errorf("%d baselines of one count", n)
	}
	m.changes(t, "C3", "tea", -2)
	m.until(t, "another count", func() bool { return len(counts()) > 1 })
	last := counts()[1].Value
	free, sum := map[string]int64{}, int64(0)
	for _, r := range streamstest.Read(m.Driver, m.baselines) {
		if b := r.Value; b.Batch == last.Batch {
			free[b.Sku], sum = b.Qty, sum+b.Fingerprint()
			if b.Source != last.Source || b.Node != "works" || b.WatermarkSeq != last.WatermarkSeq {
				t.Errorf("row %+v of %+v", b, last)
			}
		}
	}
	if !last.Complete || last.Rows != 2 || last.Checksum != sum || last.Source != "works" || free["tea"] != 7 || free["cup"] != 4 {
		t.Errorf("baseline %+v of %v", last, free)
	}
	m.NoDeadLetters()
}

func TestACancelGoesThroughTheSupplierAndGoodsAreNotAdvisedToIt(t *testing.T) {
	slow := sandbox.Quick
	slow.Name, slow.MaxStep = "slow", 24*time.Hour
	m := newMarket(t, streamstest.Options{}, slow)
	m.changes(t, "C1", "tea", 9)
	m.supply("S1", "tea", "works", 5)
	m.buy("order", 5)
	m.until(t, "the purchase is there", func() bool { w := m.words("order"); return len(w) > 0 && w[0] == "Received" })
	streamstest.Send(m.Driver, m.cancels, "order", &event.FulfilmentCancel{FulfilmentID: "order-works", OrderID: "order", Node: "works"})
	m.until(t, "it is withdrawn", func() bool { w := m.words("order"); return w[len(w)-1] == "Withdrawn" })
	if b := m.works.Books(); b.Waiting != 0 || b.Total.OnHand != 9 || b.Total.Shipped != 0 {
		t.Errorf("books %+v", b)
	}
	m.NoDeadLetters()
}
