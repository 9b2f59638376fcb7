package availabilityhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilityhttp"
	"github.com/millrace/millrace/services/availability/availabilitystream"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// shop serves two items: lamp with 5 in the north and a lack of 2 in the south,
// and sofa with nothing.
type shop struct {
	*streamstest.Driver
	t         *testing.T
	mux       *http.ServeMux
	edge      *availabilityhttp.Edge
	routes    routers.Router
	positions streams.Topic[event.InventoryPosition]
	products  streams.Topic[event.ProductPublished]
}

// channels of the shop: web ships from the south alone, and each of the others
// wants something else of stale answers.
func channels(t *testing.T) gateway.Channels {
	euro := []string{"EUR"}
	table, err := gateway.NewChannels(
		gateway.Channel{ID: "web", Currencies: euro, Nodes: []string{"south"}},
		gateway.Channel{ID: "cautious", Currencies: euro, StalePolicy: availability.StaleReduce, StalePercent: 50},
		gateway.Channel{ID: "strict", Currencies: euro, StalePolicy: availability.StaleRefuse},
	)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func newShop(t *testing.T, run bool) *shop {
	schemas := codec.NewMemory()
	room := availabilitystream.New(availabilitystream.Config{}, schemas)
	s := &shop{t: t, mux: http.NewServeMux(), routes: routesOf(t)}
	s.positions = streams.Topic[event.InventoryPosition]{Name: topic.InventoryPosition.Name, Value: codec.Of[event.InventoryPosition](schemas, topic.InventoryPosition)}
	s.products = streams.Topic[event.ProductPublished]{Name: topic.ProductPublished.Name, Value: codec.Of[event.ProductPublished](schemas, topic.ProductPublished)}
	s.Driver = streamstest.New(t, streamstest.Options{Partitions: 1}, room.Topology)
	edge, err := availabilityhttp.New(room, channels(t))
	if err != nil {
		t.Fatal(err)
	}
	s.edge = edge
	edge.Routes(s.mux)
	s.position("lamp", 3, 5, -2)
	s.position("sofa", 1)
	if run {
		ctx, cancel := context.WithCancel(context.Background())
		ready, done := make(chan struct{}), make(chan error)
		go func() { done <- room.Run(ctx, func() { close(ready) }) }()
		<-ready
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	return s
}

func (s *shop) position(sku string, version int64, units ...int64) {
	p := event.InventoryPosition{Sku: sku, Version: version, AsOf: s.Now()}
	for i, qty := range units {
		p.Nodes = append(p.Nodes, event.NodePosition{Node: []string{"north", "south"}[i], OnHand: qty, Available: qty})
	}
	streamstest.Send(s.Driver, s.positions, sku, &p)
	s.Run()
}

func (s *shop) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	s.documented(r, w)
	return w
}

// documented fails unless the answer is one that the API document describes.
func (s *shop) documented(r *http.Request, w *httptest.ResponseRecorder) {
	s.t.Helper()
	route, params, err := s.routes.FindRoute(r)
	if err != nil {
		s.t.Fatalf("%s %s is not in the API document: %v", r.Method, r.URL.Path, err)
	}
	if err := openapi3filter.ValidateResponse(s.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}); err != nil {
		s.t.Errorf("%s %s is answered otherwise than documented: %v", r.Method, r.URL, err)
	}
}

func routesOf(t *testing.T) routers.Router {
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	routes, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return routes
}

func (s *shop) expect(w *httptest.ResponseRecorder, status int, body string) {
	s.t.Helper()
	if w.Code != status || strings.TrimSpace(w.Body.String()) != body {
		s.t.Errorf("answer %d %s\nwant   %d %s", w.Code, w.Body, status, body)
	}
}

const (
	lamp = `{"sku":"lamp","known":true,"available":5,"locations":[{"location":"north","available":5},{"location":"south","available":-2}],"version":3,"as_of":"2026-01-05T09:00:00Z","source":{"topic":"inventory.position.v1","partition":0,"offset":0}}`
	sofa = `{"sku":"sofa","known":true,"available":0,"locations":[],"version":1,"as_of":"2026-01-05T09:00:00Z","source":{"topic":"inventory.position.v1","partition":0,"offset":1}}`
	none = `{"sku":"ghost","known":false,"available":0,"locations":[]}`
)

func TestOneItemIsAnsweredAndRevalidated(t *testing.T) {
	s := newShop(t, true)
	w := s.ask("GET", "/v1/availability?sku=lamp", "")
	s.expect(w, 200, `{"stale":false,"items":[`+lamp+`]}`)
	if cc := w.Header().Get("Cache-Control"); !strings.Contains(cc, "stale-while-revalidate") {
		t.Errorf("Cache-Control %q", cc)
	}
	tag := w.Header().Get("ETag")
	s.expect(s.ask("GET", "/v1/availability?sku=lamp", "", "If-None-Match", tag), 304, "")
	s.position("lamp", 4, 4)
	if w := s.ask("GET", "/v1/availability?sku=lamp", "", "If-None-Match", tag); w.Code != 200 {
		t.Errorf("a changed answer is %d", w.Code)
	}
}

func TestSeveralItemsComeInTheOrderAskedForEvenUnknownOnes(t *testing.T) {
	s := newShop(t, true)
	want := `{"stale":false,"items":[` + sofa + `,` + none + `,` + lamp + `]}`
	s.expect(s.ask("GET", "/v1/availability?sku=sofa&sku=ghost&sku=lamp", ""), 200, want)
	s.expect(s.ask("POST", "/v1/availability:batchGet", `{"skus":["sofa","ghost","lamp"]}`), 200, want)
	s.expect(s.ask("POST", "/v1/availability:batchGet", `{"skus":["ghost"]}`), 200, `{"stale":false,"items":[`+none+`]}`)
}

func TestALocationFiltersWhatIsShownAndSummed(t *testing.T) {
	s := newShop(t, true)
	want := strings.Replace(lamp, `"available":5,"locations":[{"location":"north","available":5},`, `"available":0,"locations":[`, 1)
	s.expect(s.ask("GET", "/v1/availability?sku=lamp&location=south&location=moon", ""), 200, `{"stale":false,"items":[`+want+`]}`)
	s.expect(s.ask("POST", "/v1/availability:batchGet", `{"skus":["lamp"],"locations":["south"]}`), 200, `{"stale":false,"items":[`+want+`]}`)
}

func TestAnUnknownItemIsNamed(t *testing.T) {
	s := newShop(t, true)
	w := s.ask("GET", "/v1/availability?sku=ghost", "")
	var p httpd.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 404 || p.Code != "SKU_UNKNOWN" || !strings.Contains(p.Detail, `"ghost"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestUntilTheTopicIsReadAnswersAreStaleAndNothingIsUnknown(t *testing.T) {
	s := newShop(t, false)
	w := s.ask("GET", "/v1/availability?sku=lamp", "")
	s.expect(w, 200, `{"stale":true,"items":[`+lamp+`]}`)
	if cc := w.Header().Get("Cache-Control"); cc != "no-cache" {
		t.Errorf("Cache-Control %q of a stale answer", cc)
	}
	w = s.ask("GET", "/v1/availability?sku=ghost", "")
	var p httpd.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 503 || !p.Retryable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAQuestionWaitsForItsPosition(t *testing.T) {
	s := newShop(t, true)
	s.expect(s.ask("GET", "/v1/availability?sku=lamp&min_position=0:1", ""), 200, `{"stale":false,"items":[`+lamp+`]}`)
	began := time.Now()
	w := s.ask("POST", "/v1/availability:batchGet", `{"skus":["lamp"],"min_position":"0:99"}`)
	s.expect(w, 200, `{"stale":true,"items":[`+lamp+`]}`)
	if waited := time.Since(began); waited < time.Second || waited > 10*time.Second {
		t.Errorf("waited %s for a position that does not come", waited)
	}
}

func TestWrongQuestionsAreRefusedByName(t *testing.T) {
	s := newShop(t, true)
	many := strings.Repeat("&sku=a", 101)
	for target, pointer := range map[string]string{
		"/v1/availability":                                 "sku",
		"/v1/availability?sku=":                            "sku/0",
		"/v1/availability?" + many[1:]:                     "sku",
		"/v1/availability?sku=lamp&node=north":             "node",
		"/v1/availability?sku=lamp&min_position=3":         "min_position",
		"/v1/availability?sku=lamp&min_position=-1:3":      "min_position",
		"/v1/availability?sku=lamp&min_position=1:9e3":     "min_position",
		"/v1/availability?sku=" + strings.Repeat("x", 300): "sku/0",
		"/v1/availability?sku=lamp&location=":              "location/0",
		"/v1/availability?sku=lamp&channel=nobody":         "channel",
		"/v1/availability/lamp/explain?node=north":         "node",
		"/v1/availability/changes?since=1":                 "since",
		"/v1/availability/changes?sku=":                    "sku/0",
	} {
		refused(t, s.ask("GET", target, ""), pointer)
	}
	for body, pointer := range map[string]string{
		`{}`:                                "/skus",
		`{"skus":[]}`:                       "/skus",
		`{"skus":["a",""]}`:                 "/skus/1",
		`{"skus":["a"],"x":1}`:              "/x",
		`{"skus":[1]}`:                      "/skus/0",
		`{"skus":["a"],"min_position":"1"}`: "/min_position",
		fmt.Sprintf(`{"skus":["a"],"locations":["x"%s]}`, strings.Repeat(`,"x"`, 100)): "/locations",
	} {
		refused(t, s.ask("POST", "/v1/availability:batchGet", body), pointer)
	}
}

func refused(t *testing.T, w *httptest.ResponseRecorder, pointer string) {
	t.Helper()
	var p httpd.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 422 || len(p.Errors) == 0 || p.Errors[0].Pointer != pointer {
		t.Errorf("%d %s, want 422 at %s", w.Code, w.Body, pointer)
	}
}
