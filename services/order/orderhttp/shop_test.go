package orderhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// shop is the order room behind its HTTP edge, on a driver that stands still
// while asleep.
type shop struct {
	t      *testing.T
	mu     sync.Mutex
	driver *streamstest.Driver
	room   *orderstream.Room
	server *httptest.Server
	asleep bool
	hurry  bool   // the client waits for nothing
	moved  string // address of the process that owns all orders, when not this one
	routes routers.Router
}

func newShop(t *testing.T) *shop {
	t.Helper()
	room, err := orderstream.New(orderstream.Config{Nodes: []string{"north"}}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	channels, err := gateway.NewChannels(gateway.Channel{ID: "shop", Currencies: []string{"EUR", "JPY"}}, gateway.Channel{ID: "fair", Currencies: []string{"EUR"}, TheirItems: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, room: room, driver: streamstest.New(t, streamstest.Options{}, room.Topology), routes: documented(t)}
	for sku, kind := range map[string]event.LineKind{"WS-1": event.LineKindGoods, "WS-2": event.LineKindGoods, "POST": event.LineKindCharge, "OLD": event.LineKindGoods} {
		streamstest.Send(s.driver, typed[event.ProductPublished](topic.ProductPublished), sku,
			&event.ProductPublished{Sku: sku, Kind: kind, Uom: "EA", Active: sku != "OLD", PublishedAt: s.driver.Now()})
	}
	s.driver.Run()
	mux := http.NewServeMux()
	edge := orderhttp.New(orderhttp.Config{Room: room, Runtime: s, Write: s.write, Together: s.together, Channels: channels, Schemas: schemas, Now: s.driver.Now, QuoteKey: order.QuoteKey("a key of this shop, of 32 bytes or more")})
	edge.Routes(mux)
	gateway.Routes(mux)
	s.server = httptest.NewServer(httpd.LimitBody(httpd.DefaultBodyLimit)(mux))
	t.Cleanup(s.server.Close)
	return s
}

// documented routes requests by the API document.
func documented(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

func (s *shop) write(_ context.Context, topicName, key string, value []byte) (int32, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return 0, s.driver.Produce(topicName, key, value), nil
}

func (s *shop) together(ctx context.Context, commands ...gateway.Command) ([]streams.Position, error) {
	var at []streams.Position
	for _, c := range commands {
		partition, offset, err := s.write(ctx, c.Topic, c.Key, c.Value)
		if err != nil {
			return nil, err
		}
		at = append(at, streams.Position{Topic: c.Topic, Partition: partition, Offset: offset})
	}
	return at, nil
}

// Await implements orderhttp.Runtime.
func (s *shop) Await(ctx context.Context, _ string, _ streams.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asleep {
		<-ctx.Done()
		return ctx.Err()
	}
	s.driver.Run()
	return nil
}

// Rows implements streams.Committed.
func (s *shop) Rows(app, key string) (store.Reader, error) {
	if s.moved != "" {
		return nil, &streams.NotOwnerError{Address: s.moved}
	}
	return s.driver.Rows(app, key)
}

// AllRows implements streams.Committed.
func (s *shop) AllRows(app string) ([]store.Reader, error) { return s.driver.AllRows(app) }

// TableRows implements streams.Committed.
func (s *shop) TableRows(app, topic, key string) (store.Reader, int32, error) {
	return s.driver.TableRows(app, topic, key)
}

// answer is what a client sees.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// problem is the part of a problem that tests look at.
type problem struct {
	Code   string
	Errors []struct{ Pointer, Code string }
}

// do makes a request and checks the answer against the API document.
func (s *shop) do(method, path, key, body string) answer {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set(gateway.IdempotencyKey, key)
	}
	r.Header.Set("Prefer", "wait=0")
	if !s.asleep && !s.hurry {
		r.Header.Set("Prefer", "wait=20")
	}
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	s.agrees(method, path, w.Result(), w.Body.Bytes())
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// agrees checks an answer against the document.
func (s *shop) agrees(method, path string, resp *http.Response, body []byte) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, nil)
	route, params, err := s.routes.FindRoute(r)
	if err != nil {
		s.t.Fatalf("%s %s is not in the API document: %v", method, path, err)
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		s.t.Errorf("%s %s answered %d, which the API document does not say: %v", method, path, resp.StatusCode, err)
	}
}

// orderOf is a body that is taken.
func orderOf(number string) string {
	return fmt.Sprintf(`{"channel":"shop","external_id":%q,"currency":"EUR","customer":{"id":"C1","country":"DE"},
		"lines":[{"sku":"WS-1","quantity":3,"unit_price":"1.115"},{"sku":"POST","quantity":1,"unit_price":"2.00"}],"shipping":"4.90"}`, number)
}

func (s *shop) count(def topic.Def) int {
	return len(streamstest.Read(s.driver, streams.Topic[string]{Name: def.Name, Value: bytesOnly{}}))
}

// bytesOnly counts records without reading them.
type bytesOnly struct{}

func (bytesOnly) Append(dst []byte, _ *string) ([]byte, error) { return dst, nil }
func (bytesOnly) Decode([]byte, *string) error                 { return nil }
