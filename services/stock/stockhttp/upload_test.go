package stockhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockhttp"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// desk is the edge in front of a stock room of 30 items with 10 units each.
type desk struct {
	t      *testing.T
	room   *stockstream.Room
	driver *streamstest.Driver
	mux    *http.ServeMux
	lock   sync.Mutex
	wrote  map[string]int // records by topic
}

func newDesk(t *testing.T) *desk {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{Rules: stock.Rules{
		Contracts: map[string]stock.Contract{"wms": {}}, Authority: map[string]string{"north": "wms"},
	}}, schemas)
	d := &desk{t: t, room: room, driver: streamstest.New(t, streamstest.Options{}, room.Topology), mux: http.NewServeMux(), wrote: map[string]int{}}
	stockhttp.New(stockhttp.Config{Room: room, Rows: d.driver, Write: d.write, Schemas: schemas, Now: d.driver.Now}).Routes(d.mux)
	movements := codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)
	for n := range 30 {
		sku := fmt.Sprint("sku", n)
		value, err := movements.Append(nil, &event.InventoryMovement{
			EntryID: sku, Sku: sku, Node: "north", Owner: "own", Qty: 10, Source: "wms", SourceSeq: 1,
			From: event.StockConditionOutside, To: event.StockConditionSellable, EffectiveAt: d.driver.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		d.driver.Produce(topic.InventoryMovement.Name, sku, value)
	}
	d.rest()
	return d
}

func (d *desk) write(_ context.Context, topic, key string, value []byte) (int32, int64, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.wrote[topic]++
	return 0, d.driver.Produce(topic, key, value), nil
}

func (d *desk) rest() {
	d.driver.Run()
	for range 20 {
		d.driver.Advance(100 * time.Millisecond)
	}
	d.driver.NoDeadLetters()
}

func (d *desk) send(method, path string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.Header.Set(gateway.IdempotencyKey, "once")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	d.rest()
	return w
}

// state returns the state of a baseline, and holds its answer against the document.
func (d *desk) state(batch string) string {
	d.t.Helper()
	w := d.send("GET", "/v1/stock/baselines/wms/"+batch, nil)
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		d.t.Fatal(err)
	}
	var body any
	var b stockhttp.Baseline
	if err := errors.Join(json.Unmarshal(w.Body.Bytes(), &body), json.Unmarshal(w.Body.Bytes(), &b)); err != nil || w.Code != http.StatusOK {
		d.t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if err := doc.Components.Schemas["Baseline"].Value.VisitJSON(body); err != nil {
		d.t.Errorf("%s is not as documented: %v", w.Body, err)
	}
	return b.State
}

func counted(rows int, qty int64) []byte {
	var b bytes.Buffer
	for n := range rows {
		fmt.Fprintf(&b, "{\"sku\":\"sku%d\",\"node\":\"north\",\"quantity\":%d}\n", n, qty)
	}
	return b.Bytes()
}

const upload = "/v1/stock/baselines/wms/%s?node=north&rows=30&sequence=%d&watermark=2026-01-05T09:00:00Z&complete=true"

func TestABaselineThatBreaksOffChangesNothingAndIsSentAgain(t *testing.T) {
	d := newDesk(t)
	whole := counted(30, 9)
	for _, body := range []io.Reader{
		io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), broken{}), // the connection is gone
		bytes.NewReader(whole[:len(whole)/2]),                           // within a row
		bytes.NewReader(counted(29, 9)),                                 // between two rows
	} {
		if w := d.send("PUT", fmt.Sprintf(upload, "b1", 2), body); w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "CUT_SHORT") != (w.Code == http.StatusBadRequest) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if d.state("b1") != "staging" || d.wrote[topic.InventoryBaselineBatch.Name] != 0 {
			t.Fatalf("it is %s, wrote %v", d.state("b1"), d.wrote)
		}
	}
	if w := d.send("PUT", fmt.Sprintf(upload, "b1", 2), bytes.NewReader(whole)); w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := d.state("b1"); got != "held" { // every item differs
		t.Errorf("it is %s", got)
	}
}

// broken is a body whose connection breaks.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAPersonDecidesAboutWhatIsHeld(t *testing.T) {
	d := newDesk(t)
	if w := d.send("PUT", fmt.Sprintf(upload, "zero", 2), bytes.NewReader(counted(30, 0))); w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	list := d.send("GET", "/v1/stock/baselines", nil)
	if list.Code != http.StatusOK || !strings.Contains(list.Body.String(), `"reason":"ZEROED"`) {
		t.Errorf("%d %s", list.Code, list.Body)
	}
	for _, c := range []struct {
		path, body string
		code       int
	}{
		{"wms/zero", `{"approve":true}`, http.StatusUnprocessableEntity},
		{"wms/nothing", `{"approve":true,"by":"ann"}`, http.StatusNotFound},
		{"wms/zero", `{"approve":true,"by":"ann","reason":"moved out"}`, http.StatusAccepted},
		{"wms/zero", `{"approve":true,"by":"ann"}`, http.StatusConflict},
	} {
		if w := d.send("POST", "/v1/stock/baselines/"+c.path+"/decision", strings.NewReader(c.body)); w.Code != c.code {
			t.Errorf("%s %s: %d %s, want %d", c.path, c.body, w.Code, w.Body, c.code)
		}
	}
	if got := d.state("zero"); got != "applied" {
		t.Errorf("it is %s", got)
	}
}

func TestAnUploadThatMakesNoSenseIsRefused(t *testing.T) {
	d := newDesk(t)
	for _, query := range []string{"", "?node=north&rows=x&watermark=2026-01-05T09:00:00Z", "?node=north&rows=1&watermark=now", "?rows=1&watermark=2026-01-05T09:00:00Z"} {
		if w := d.send("PUT", "/v1/stock/baselines/wms/b1"+query, bytes.NewReader(counted(1, 1))); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
	other := strings.Replace(string(counted(30, 1)), "north", "south", 1)
	if w := d.send("PUT", fmt.Sprintf(upload, "b1", 2), strings.NewReader(other)); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a row of another node: %d %s", w.Code, w.Body)
	}
}
