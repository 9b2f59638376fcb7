package fulfilmenthttp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/fulfilment/fulfilmenthttp"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// gate is the edge with a carrier that signs, and one that shows a token.
type gate struct {
	t       *testing.T
	mux     *http.ServeMux
	secret  webhook.Secret
	broken  bool // nothing can be written
	written []event.ParcelScanned
	keys    []string
}

func newGate(t *testing.T) *gate {
	t.Helper()
	secret, err := webhook.ParseSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32))))
	if err != nil {
		t.Fatal(err)
	}
	g, schemas := &gate{t: t, mux: http.NewServeMux(), secret: secret}, codec.NewMemory()
	scans := codec.Of[event.ParcelScanned](schemas, topic.ParcelScanned)
	fulfilmenthttp.New(fulfilmenthttp.Config{
		Carriers: []fulfilmenthttp.Carrier{
			{ID: "road", Names: []string{"Road Haulage", "Parcel Express"}, Secrets: func() ([]webhook.Secret, error) { return []webhook.Secret{secret}, nil }},
			{ID: "ups", Names: []string{"UPS"}, Bearer: func() (string, error) { return "t0ken", nil }},
		},
		Schemas: schemas, Now: func() time.Time { return now },
		Together: func(_ context.Context, commands ...gateway.Command) ([]streams.Position, error) {
			if g.broken {
				return nil, errors.New("no broker")
			}
			for _, c := range commands {
				var s event.ParcelScanned
				if err := scans.Decode(c.Value, &s); err != nil || c.Topic != topic.ParcelScanned.Name {
					t.Errorf("%s: %v", c.Topic, err)
				}
				g.written, g.keys = append(g.written, s), append(g.keys, c.Key)
			}
			return make([]streams.Position, len(commands)), nil
		},
	}).Routes(g.mux)
	return g
}

// signed sends a body as a carrier that signs.
func (g *gate) signed(carrier, body string) *httptest.ResponseRecorder {
	return g.send(carrier, body, http.Header{
		"Webhook-Id": {"m1"}, "Webhook-Timestamp": {fmt.Sprint(now.Unix())}, "Webhook-Signature": {g.secret.Sign("m1", now, []byte(body))},
	})
}

func (g *gate) send(carrier, body string, header http.Header) *httptest.ResponseRecorder {
	g.t.Helper()
	r, w := httptest.NewRequest(http.MethodPost, "/v1/carriers/"+carrier+"/scans", strings.NewReader(body)), httptest.NewRecorder()
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	g.mux.ServeHTTP(w, r)
	g.documented(r, w)
	return w
}

func (g *gate) documented(r *http.Request, w *httptest.ResponseRecorder) {
	g.t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		g.t.Fatal(err)
	}
	routes, err := gorillamux.NewRouter(doc)
	if err != nil {
		g.t.Fatal(err)
	}
	route, params, err := routes.FindRoute(r)
	if err != nil {
		g.t.Fatalf("%s is not in the API document: %v", r.URL, err)
	}
	if err := openapi3filter.ValidateResponse(g.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}); err != nil {
		g.t.Errorf("it is answered otherwise than documented: %v", err)
	}
}

const delivered = `{"carrier":"parcel express","number":"px 1","status":"delivered","time":"2026-01-05T08:00:00Z","sequence":4,"raw":"<scan/>"}`

func TestACarrierThatShowsWhoItIsIsTakenAndTheSameStatementIsTheSame(t *testing.T) {
	g := newGate(t)
	body := `{"events":[` + delivered + `,{"number":"RH2","status":"on the moon","time":"2026-01-05T08:00:00Z"}]}`
	for range 2 {
		if w := g.signed("road", body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"taken":2`) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	one, two := g.written[0], g.written[1]
	if len(g.written) != 4 || one.ScanID != g.written[2].ScanID || one.ScanID == two.ScanID || g.keys[0] != "parcel express/PX1" || g.keys[1] != "road haulage/RH2" {
		t.Errorf("written %+v under %v", g.written, g.keys)
	}
	if one.Partner != "road" || one.Word != "delivered" || one.SourceSeq != 4 || one.Raw != "<scan/>" || two.Carrier != "Road Haulage" || two.Word != "on the moon" {
		t.Errorf("written %+v", g.written)
	}
	if w := g.send("ups", `{"events":[{"number":"1Z","status":"D","time":"2026-01-05T08:00:00Z"}]}`, http.Header{"Authorization": {"Bearer t0ken"}}); w.Code != http.StatusOK {
		t.Errorf("with its token: %d %s", w.Code, w.Body)
	}
}

func TestWhoeverIsNotTheCarrierIsRefused(t *testing.T) {
	g := newGate(t)
	body := `{"events":[` + delivered + `]}`
	for name, c := range map[string]struct {
		carrier string
		header  http.Header
		status  int
	}{
		"nobody":           {"road", http.Header{}, 401},
		"a token too few":  {"ups", http.Header{}, 401},
		"another token":    {"ups", http.Header{"Authorization": {"Bearer token"}}, 401},
		"a token for both": {"road", http.Header{"Authorization": {"Bearer t0ken"}}, 401},
		"a stranger":       {"dhl", http.Header{}, 404},
	} {
		if w := g.send(c.carrier, body, c.header); w.Code != c.status || strings.Contains(w.Body.String(), "t0ken") {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.status)
		}
	}
	if len(g.written) > 0 {
		t.Errorf("written %+v", g.written)
	}
}

func TestABatchIsTakenWholeOrNotAtAll(t *testing.T) {
	g := newGate(t)
	for pointer, bad := range map[string]string{
		"/events/1/number":   `{"number":" ","status":"x","time":"2026-01-05T08:00:00Z"}`,
		"/events/1/status":   `{"number":"1","status":"` + strings.Repeat("x", 201) + `","time":"2026-01-05T08:00:00Z"}`,
		"/events/1/time":     `{"number":"1","status":"x","time":"2026-01-05T11:00:00Z"}`,
		"/events/1/sequence": `{"number":"1","status":"x","time":"2026-01-05T08:00:00Z","sequence":-1}`,
		"/events/1/carrier":  `{"number":"1","status":"x","time":"2026-01-05T08:00:00Z","carrier":"UPS"}`,
		"/events/1/raw":      `{"number":"1","status":"x","time":"2026-01-05T08:00:00Z","raw":"` + strings.Repeat("x", 4097) + `"}`,
	} {
		if w := g.signed("road", `{"events":[`+delivered+`,`+bad+`]}`); w.Code != 422 || !strings.Contains(w.Body.String(), `"`+pointer+`"`) {
			t.Errorf("%s: %d %s", pointer, w.Code, w.Body)
		}
	}
	many := strings.Repeat(delivered+",", 500) + delivered
	if w := g.signed("road", `{"events":[`+many+`]}`); w.Code != 422 || !strings.Contains(w.Body.String(), "/events") {
		t.Errorf("501 events: %d %s", w.Code, w.Body)
	}
	g.broken = true
	if w := g.signed("road", `{"events":[`+delivered+`]}`); w.Code != 503 || len(g.written) > 0 {
		t.Errorf("%d %s, written %+v", w.Code, w.Body, g.written)
	}
}
