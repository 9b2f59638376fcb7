package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// call sends a document under an idempotency key and decodes the answer.
func call(t *testing.T, method, url, key string, doc, into any) int {
	t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Idempotency-Key", key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil && response.StatusCode < 300 {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	}
	return response.StatusCode
}

func startWarehouse(t *testing.T, opts Options) *Warehouse {
	t.Helper()
	if opts.Name == "" {
		opts.Name = "north"
	}
	w, err := StartWarehouse(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// events reads the feed until the wanted word came n times.
func events(t *testing.T, url string, word string, n int) []warehouseEvent {
	t.Helper()
	var all []warehouseEvent
	after := int64(0)
	for seen := 0; seen < n; {
		var page struct{ Events []warehouseEvent }
		if status := call(t, "GET", fmt.Sprintf("%s/events?after=%d&wait=5s", url, after), "", nil, &page); status != 200 {
			t.Fatalf("events: %d", status)
		}
		if len(page.Events) == 0 {
			t.Fatalf("%d of %d %s came, then nothing", seen, n, word)
		}
		for _, e := range page.Events {
			if e.Event == word {
				seen++
			}
			after = e.Seq
		}
		all = append(all, page.Events...)
	}
	return all
}

func advised(no, item string, units int64) warehouseAdvice {
	return warehouseAdvice{AdviceNo: no, Item: item, Units: units}
}

// The two lines of tea leave as one goods issue, under the shipment's document.
func TestAWarehouseTellsItsGoodsIssues(t *testing.T) {
	w := startWarehouse(t, Options{Issues: true})
	call(t, "POST", w.URL()+"/advices", "k1", advised("A1", "tea", 10), nil)
	events(t, w.URL(), "goods_in", 1)
	order := warehouseOrder{OrderNo: "F1", CustomerOrder: "O1", Lines: []line{{Line: "1", Item: "tea", Units: 4}, {Line: "2", Item: "tea", Units: 3}}}
	if status := call(t, "POST", w.URL()+"/orders", "k2", order, nil); status != 201 {
		t.Fatalf("order: %d", status)
	}
	shipment := ""
	for _, e := range events(t, w.URL(), "goods_out", 1) {
		switch e.Event {
		case "shipped":
			shipment = e.Document
		case "goods_out":
			if e.Item != "tea" || e.Units != 7 || e.Document != shipment || e.OrderNo != "" {
				t.Errorf("goods issue %+v, want 7 tea under document %q", e, shipment)
			}
		}
	}
}

func TestAWarehouseReceivesPicksPacksAndShips(t *testing.T) {
	w := startWarehouse(t, Options{})
	call(t, "POST", w.URL()+"/advices", "k1", advised("A1", "tea", 10), nil)
	events(t, w.URL(), "goods_in", 1)
	order := warehouseOrder{OrderNo: "F1", CustomerOrder: "O1", Lines: []line{{Line: "1", Item: "tea", Units: 4}}}
	if status := call(t, "POST", w.URL()+"/orders", "k2", order, nil); status != 201 {
		t.Fatalf("order: %d", status)
	}
	var words []string
	for _, e := range events(t, w.URL(), "shipped", 1) {
		if e.OrderNo == "F1" {
			words = append(words, e.Event)
		}
		if e.Event == "shipped" && (e.Tracking == "" || len(e.Lines) != 1 || e.Lines[0].Units != 4) {
			t.Errorf("shipped without its goods: %+v", e)
		}
	}
	if want := []string{"received", "picked", "packed", "shipped"}; !slices.Equal(words, want) {
		t.Errorf("words %v, want %v", words, want)
	}
	if b := w.Books(); b.Total != (Item{OnHand: 6, Received: 10, Shipped: 4}) {
		t.Errorf("books %+v", b.Total)
	}
}

func TestAShortOrderShipsWhatIsThereAndAnEmptyOneIsCancelled(t *testing.T) {
	w := startWarehouse(t, Options{})
	call(t, "POST", w.URL()+"/advices", "k1", advised("A1", "tea", 3), nil)
	events(t, w.URL(), "goods_in", 1)
	call(t, "POST", w.URL()+"/orders", "k2", warehouseOrder{"F1", "O1", []line{{Line: "1", Item: "tea", Units: 5}, {Line: "2", Item: "rum", Units: 1}}}, nil)
	got := events(t, w.URL(), "shipped", 1)
	if last := got[len(got)-1]; len(last.Lines) != 1 || last.Lines[0].Units != 3 {
		t.Errorf("shipped %+v, want 3 tea", last.Lines)
	}
	call(t, "POST", w.URL()+"/orders", "k3", warehouseOrder{"F2", "O2", []line{{Line: "1", Item: "tea", Units: 1}}}, nil)
	events(t, w.URL(), "cancelled", 1)
	if b := w.Books(); b.Total.OnHand != 0 || b.Total.Shipped != 3 {
		t.Errorf("books %+v", b.Total)
	}
}

func TestTheSameDocumentIsAnsweredAgainAndAnotherIsRefused(t *testing.T) {
	w := startWarehouse(t, Options{})
	order := warehouseOrder{"F1", "O1", []line{{Line: "1", Item: "tea", Units: 5}}}
	var first, again map[string]string
	call(t, "POST", w.URL()+"/orders", "k", order, &first)
	if status := call(t, "POST", w.URL()+"/orders", "k", order, &again); status != 200 || again["wms_no"] != first["wms_no"] {
		t.Errorf("again: %d %v, first %v", status, again, first)
	}
	order.Lines[0].Units = 6
	if status := call(t, "POST", w.URL()+"/orders", "k", order, nil); status != 409 {
		t.Errorf("another document under the same number: %d, want 409", status)
	}
	if b := w.Books(); b.Documents != 1 || b.Keys != 1 || b.Repeats != 1 {
		t.Errorf("books %+v", b)
	}
}

func TestCancelIsDoneBeforePackingAndRefusedAfter(t *testing.T) {
	slow := Quick
	slow.MaxStep = time.Hour
	w := startWarehouse(t, Options{Profile: slow})
	call(t, "POST", w.URL()+"/orders", "k1", warehouseOrder{"F1", "O1", []line{{Line: "1", Item: "tea", Units: 5}}}, nil)
	for range 2 {
		if status := call(t, "POST", w.URL()+"/orders/F1/cancel", "k2", nil, nil); status != 200 {
			t.Errorf("cancel: %d", status)
		}
	}
	quick := startWarehouse(t, Options{})
	call(t, "POST", quick.URL()+"/advices", "k1", advised("A1", "tea", 5), nil)
	events(t, quick.URL(), "goods_in", 1)
	call(t, "POST", quick.URL()+"/orders", "k2", warehouseOrder{"F1", "O1", []line{{Line: "1", Item: "tea", Units: 5}}}, nil)
	events(t, quick.URL(), "shipped", 1)
	for range 2 {
		if status := call(t, "POST", quick.URL()+"/orders/F1/cancel", "k3", nil, nil); status != 409 {
			t.Errorf("late cancel: %d", status)
		}
	}
	if b := quick.Books(); b.Events != 6 {
		t.Errorf("%d events, want 6: a refusal is said once", b.Events)
	}
}

func TestATwinContinuesAfterARestartWithACutJournal(t *testing.T) {
	dir := t.TempDir()
	slow := Quick
	slow.MaxStep = time.Hour
	w := startWarehouse(t, Options{Dir: dir, Profile: slow})
	call(t, "POST", w.URL()+"/orders", "k1", warehouseOrder{"F1", "O1", []line{{Line: "1", Item: "tea", Units: 2}}}, nil)
	call(t, "POST", w.URL()+"/advices", "k2", warehouseAdvice{AdviceNo: "A0", Item: "tea", Units: 7, Adjust: true}, nil)
	before := w.Books()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "north.jsonl")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"at":"2026-01-05T09:0`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	w = startWarehouse(t, Options{Dir: dir})
	if after := w.Books(); after.Total != before.Total || after.Events < before.Events || after.Keys != before.Keys {
		t.Errorf("books %+v after the restart, %+v before", after, before)
	}
	got := events(t, w.URL(), "shipped", 1)
	if got[0].Seq != 1 || got[0].Event != "received" {
		t.Errorf("the feed begins with %+v", got[0])
	}
	if b := w.Books(); b.Total.OnHand != 5 || b.Total.Shipped != 2 {
		t.Errorf("books %+v", b.Total)
	}
}

func TestChaosRefusesAndForgetsButNeverWorksTwice(t *testing.T) {
	chaos := Chaos
	chaos.MaxLatency, chaos.PerSecond = time.Millisecond, 0
	w := startWarehouse(t, Options{Profile: chaos, Seed: 3})
	statuses := make(map[int]int)
	for n := range 100 {
		for {
			status := call(t, "POST", w.URL()+"/advices", fmt.Sprint("k", n), advised(fmt.Sprint("A", n), "tea", 1), nil)
			statuses[status]++
			if status < 300 {
				break
			}
		}
	}
	b := w.Books()
	if b.Documents != 100 || b.Keys != 100 {
		t.Errorf("%d documents under %d keys, want 100", b.Documents, b.Keys)
	}
	if statuses[429] == 0 || statuses[500] == 0 || b.Repeats == 0 {
		t.Errorf("chaos was tame: %v, %d repeats", statuses, b.Repeats)
	}
}

func TestALimitedTwinSaysWhenToComeBack(t *testing.T) {
	strict := Quick
	strict.PerSecond = 1
	w := startWarehouse(t, Options{Profile: strict})
	call(t, "GET", w.URL()+"/books", "", nil, nil)
	response, err := http.Get(w.URL() + "/books")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 429 || response.Header.Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}
}

func TestA3PLCountsInCasesOfItsOwnItemMaster(t *testing.T) {
	p, err := StartThreePL(Options{Name: "harbor", Issues: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	call(t, "POST", p.URL()+"/inbound", "k1", threePLInbound{ReferenceID: "A1", SKU: "tea", Quantity: Packed{Cases: 2, Eaches: 3, PerCase: 12}, Kind: "receiving"}, nil)
	status := call(t, "POST", p.URL()+"/shipments", "k2", threePLShipment{"F1", "O1", []product{{Ref: "1", SKU: "tea", Quantity: Packed{Eaches: 14, PerCase: 1}}}}, nil)
	if status != 201 {
		t.Fatalf("shipment: %d", status)
	}
	after, shipment := int64(0), ""
	for {
		var page struct{ Events []threePLEvent }
		call(t, "GET", fmt.Sprintf("%s/events?after=%d&wait=5s", p.URL(), after), "", nil, &page)
		if len(page.Events) == 0 {
			t.Fatal("no goods issue came")
		}
		for _, e := range page.Events {
			after = e.Seq
			if e.Status == "Received" && *e.Quantity != (Packed{2, 3, 12}) {
				t.Errorf("received %+v", e.Quantity)
			}
			if e.Status == "Completed" {
				if got := e.Products[0].Quantity; got != (Packed{1, 2, 12}) {
					t.Errorf("shipped %+v, want a case and 2", got)
				}
				shipment = e.ID
			}
			if e.Status == "Dispatched" {
				if e.SKU != "tea" || *e.Quantity != (Packed{1, 2, 12}) || e.ID != shipment || shipment == "" {
					t.Errorf("goods issue %+v, want a case and 2 under %q", e, shipment)
				}
				return
			}
		}
	}
}

func TestPackingLosesNoUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(-1e9, 1e9).Draw(t, "units")
		if p := pack(units, rapid.Int64Range(0, 1000).Draw(t, "per case")); p.units() != units {
			t.Fatalf("%d units became %+v", units, p)
		}
	})
}

func BenchmarkWarehouseOrders(b *testing.B) {
	w, err := StartWarehouse(Options{Name: "north", Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	n := 0
	for b.Loop() {
		n++
		body := fmt.Sprintf(`{"order_no":"F%d","customer_order":"O%d","lines":[{"line":"1","item":"tea","units":1}]}`, n, n)
		response, err := http.Post(w.URL()+"/orders", "application/json", bytes.NewReader([]byte(body)))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}
