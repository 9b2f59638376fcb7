package partyhttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/party/partyhttp"
	"github.com/millrace/millrace/services/party/partystream"
	"github.com/millrace/millrace/streams/streamstest"
)

// canary is what must not be seen after it was erased, nor over HTTP ever.
const canary = "Konrad Kanari"

// desk serves parties of a driver.
type desk struct {
	*streamstest.Driver
	t    *testing.T
	room *partystream.Room
	mux  *http.ServeMux
}

func newDesk(t *testing.T) *desk {
	schemas := codec.NewMemory()
	d := &desk{t: t, room: partystream.New(schemas), mux: http.NewServeMux()}
	d.Driver = streamstest.New(t, streamstest.Options{}, d.room.Topology)
	partyhttp.New(partyhttp.Config{Room: d.room, Schemas: schemas, Now: time.Now, Write: func(_ context.Context, name, key string, value []byte) (int32, int64, error) {
		offset := d.Produce(name, key, value)
		d.Run()
		return 0, offset, nil
	}}).Routes(d.mux)
	return d
}

func (d *desk) ask(status int, method, body string) string {
	d.t.Helper()
	r := httptest.NewRequest(method, "/v1/parties/p-1", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	if w.Code != status || strings.Contains(w.Body.String(), "Kanari") {
		d.t.Errorf("%s: %d %s, want %d", method, w.Code, w.Body, status)
	}
	return w.Body.String()
}

func TestAnErasedPartyIsGoneFromEveryCopy(t *testing.T) {
	d := newDesk(t)
	d.ask(503, "GET", "")
	d.Run()
	d.ask(404, "GET", "")
	d.ask(202, "PUT", `{"name":"`+canary+`","country":"DE","lines":["Hof 1"],"email":"k@example.org"}`)
	d.ask(202, "PUT", `{"name":"`+canary+`","country":"AT"}`)
	if got := d.ask(200, "GET", ""); !strings.Contains(got, `"version":2,"country":"AT"`) {
		t.Errorf("shown %s", got)
	}
	if p, ok := d.room.Party("p-1"); !ok || p.Name != canary {
		t.Errorf("the room has %t %+v", ok, p)
	}
	d.ask(202, "DELETE", "")
	d.ask(202, "DELETE", "")
	d.ask(404, "GET", "")
	if p, ok := d.room.Party("p-1"); ok {
		t.Errorf("the room still has %+v", p)
	}
}

func TestWrongPartiesAreRefusedWithoutRepeatingThem(t *testing.T) {
	d := newDesk(t)
	for body, pointer := range map[string]string{
		`{"country":"DE"}`: `"/name"`,
		`{"name":"` + canary + `","country":"Germany"}`:                  `"/country"`,
		`{"name":"` + strings.Repeat("Kanari", 50) + `","country":"DE"}`: `"/name"`,
	} {
		if got := d.ask(422, "PUT", body); !strings.Contains(got, pointer) {
			t.Errorf("%s does not point at %s", got, pointer)
		}
	}
}

func TestPartiesAreInTheAPIDocument(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	item := doc.Paths.Find("/v1/parties/{id}")
	if item == nil || item.Get == nil || item.Put == nil || item.Delete == nil {
		t.Errorf("%+v", item)
	}
}
