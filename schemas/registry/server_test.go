package registry_test

import (
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

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/schemas/registry"
)

// schema returns a record schema with the given fields.
func schema(fields ...string) string {
	return `{"type": "record", "name": "R", "fields": [` + strings.Join(fields, ", ") + `]}`
}

const (
	fieldA = `{"name": "a", "type": "string"}`
	fieldB = `{"name": "b", "type": "long", "default": 0}`
	fieldC = `{"name": "c", "type": "long"}`
)

// serve starts a server on store and returns its URL.
func serve(t *testing.T, store registry.Store) string {
	t.Helper()
	server, err := registry.NewServer(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	httpServer := httptest.NewServer(server)
	t.Cleanup(httpServer.Close)
	return httpServer.URL
}

// ask sends a request and returns its status and body.
func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// submission returns the body that registers text.
func submission(text string) string {
	b, err := json.Marshal(map[string]string{"schema": text})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestConversationWithAClient(t *testing.T) {
	url := serve(t, &registry.Memory{})
	one, two, three := submission(schema(fieldA)), submission(schema(fieldA, fieldB)), submission(schema(fieldA, fieldC))
	reordered := submission(`{"fields":[{"type":"string","name":"a"}],"name":"R","type":"record"}`)
	for i, step := range []struct {
		method, path, body string
		status             int
		want               string // part of the answer
	}{
		{"GET", "/", "", 200, "{}"},
		{"GET", "/subjects", "", 200, "[]"},
		{"GET", "/schemas/types", "", 200, `["AVRO"]`},
		{"GET", "/mode", "", 200, "READWRITE"},
		{"GET", "/mode/x-value", "", 200, "READWRITE"},
		{"GET", "/config", "", 200, `{"compatibilityLevel":"FULL_TRANSITIVE"}`},
		{"GET", "/config/x-value", "", 404, "40408"},
		{"GET", "/config/x-value?defaultToGlobal=true", "", 200, "FULL_TRANSITIVE"},
		{"GET", "/subjects/x-value/versions", "", 404, "40401"},
		{"POST", "/subjects/x-value", one, 404, "40401"},
		{"POST", "/subjects/x-value/versions", one, 200, `{"id":1}`},
		{"POST", "/subjects/x-value/versions", one, 200, `{"id":1}`},
		{"POST", "/subjects/x-value/versions", reordered, 200, `{"id":1}`},
		{"POST", "/subjects/y-value/versions", one, 200, `{"id":1}`},
		{"POST", "/subjects/x-value/versions", two, 200, `{"id":2}`},
		{"POST", "/subjects/x-value/versions", three, 409, `"error_code":409`},
		{"POST", "/compatibility/subjects/x-value/versions/latest", three, 200, `"is_compatible":false`},
		{"POST", "/compatibility/subjects/x-value/versions", two, 200, `"is_compatible":true`},
		{"POST", "/compatibility/subjects/x-value/versions/9", two, 404, "40402"},
		{"PUT", "/config/x-value", `{"compatibility":"NONE"}`, 200, `{"compatibility":"NONE"}`},
		{"PUT", "/config/x-value", `{"compatibility":"SOME"}`, 422, "42203"},
		{"GET", "/config/x-value", "", 200, `{"compatibilityLevel":"NONE"}`},
		{"POST", "/subjects/x-value/versions", three, 200, `{"id":3}`},
		{"GET", "/subjects/x-value/versions", "", 200, "[1,2,3]"},
		{"GET", "/subjects/x-value/versions/2", "", 200, `"id":2`},
		{"GET", "/subjects/x-value/versions/latest", "", 200, `"version":3`},
		{"GET", "/subjects/x-value/versions/-1", "", 200, `"version":3`},
		{"GET", "/subjects/x-value/versions/4", "", 404, "40402"},
		{"GET", "/subjects/x-value/versions/0", "", 422, "42202"},
		{"GET", "/subjects/x-value/versions/first", "", 422, "42202"},
		{"GET", "/subjects/z-value/versions/1", "", 404, "40401"},
		{"GET", "/subjects/x-value/versions/1/schema", "", 200, `"name":"R"`},
		{"POST", "/subjects/x-value", two, 200, `"version":2`},
		{"POST", "/subjects/y-value", two, 404, "40403"},
		{"GET", "/schemas/ids/1", "", 200, `\"name\": \"R\"`},
		{"GET", "/schemas/ids/1/schema", "", 200, `"name":"R"`},
		{"GET", "/schemas/ids/2/versions", "", 200, `[{"subject":"x-value","version":2}]`},
		{"GET", "/schemas/ids/4", "", 404, "40403"},
		{"GET", "/schemas/ids/one", "", 404, "40403"},
		{"GET", "/subjects", "", 200, `["x-value","y-value"]`},
		{"POST", "/subjects/x-value/versions", submission(`{"type": "order"}`), 422, "42201"},
		{"POST", "/subjects/x-value/versions", `{"schema":"x","schemaType":"PROTOBUF"}`, 422, "PROTOBUF"},
		{"POST", "/subjects/x-value/versions", `{"schema":"x","references":[{"name":"n"}]}`, 422, "references"},
		{"POST", "/subjects/x-value/versions", `{}`, 422, "42201"},
		{"POST", "/subjects/x-value/versions", `{`, 400, "expected JSON"},
		{"POST", "/subjects/x-value/versions", `{"schema":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "longer"},
		{"DELETE", "/subjects/x-value", "", 405, ""},
	} {
		status, body := ask(t, step.method, url+step.path, step.body)
		if status != step.status || !strings.Contains(body, step.want) {
			t.Errorf("step %d, %s %s: %d %s, want %d with %s", i, step.method, step.path, status, body, step.status, step.want)
		}
	}
}

func TestSchemaIsServedByteForByte(t *testing.T) {
	url := serve(t, &registry.Memory{})
	text := schema(fieldA) + "\n"
	ask(t, "POST", url+"/subjects/x-value/versions", submission(text))
	_, body := ask(t, "GET", url+"/schemas/ids/1", "")
	var answer struct{ Schema string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Schema != text {
		t.Errorf("served %q, %v, want %q", answer.Schema, err, text)
	}
}

func TestSubjectsMayHoldAnyCharacter(t *testing.T) {
	url := serve(t, &registry.Memory{})
	ask(t, "POST", url+"/subjects/a%2Fb%20c/versions", submission(schema(fieldA)))
	if _, body := ask(t, "GET", url+"/subjects", ""); body != `["a/b c"]` {
		t.Errorf("subjects = %s", body)
	}
}

func TestStateOutlivesTheServer(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	open := func() *registry.TopicStore {
		store, err := registry.OpenTopic(t.Context(), kgo.SeedBrokers(cluster.ListenAddrs()...))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(store.Close)
		return store
	}
	url := serve(t, open())
	ask(t, "PUT", url+"/config/x-value", `{"compatibility":"BACKWARD"}`)
	for i := range 20 {
		ask(t, "POST", fmt.Sprintf("%s/subjects/s%d-value/versions", url, i%3), submission(schema(fmt.Sprintf(`{"name": "f%d", "type": "long", "default": 0}`, i))))
	}
	again := serve(t, open())
	for _, path := range []string{"/subjects", "/subjects/s0-value/versions", "/subjects/s2-value/versions/latest", "/config/x-value", "/schemas/ids/20"} {
		_, before := ask(t, "GET", url+path, "")
		status, after := ask(t, "GET", again+path, "")
		if status != http.StatusOK || before != after {
			t.Errorf("%s: before %s, after %d %s", path, before, status, after)
		}
	}
	if _, body := ask(t, "POST", again+"/subjects/new-value/versions", submission(schema(fieldA))); body != `{"id":21}` {
		t.Errorf("the next id is %s", body)
	}
}

// doubtful keeps a record and then says that it did not, once.
type doubtful struct {
	registry.Memory
	failed bool
}

func (d *doubtful) Append(ctx context.Context, r registry.Record) error {
	if err := d.Memory.Append(ctx, r); err != nil || d.failed {
		return err
	}
	d.failed = true
	return errors.New("answer lost")
}

func TestIDOfADoubtfulWriteIsNeverGivenTwice(t *testing.T) {
	store := &doubtful{}
	url := serve(t, store)
	if status, body := ask(t, "POST", url+"/subjects/x-value/versions", submission(schema(fieldA))); status != 500 || !strings.Contains(body, "50001") {
		t.Fatalf("the failed write answered %d %s", status, body)
	}
	if _, body := ask(t, "POST", url+"/subjects/y-value/versions", submission(schema(fieldB))); body != `{"id":2}` {
		t.Errorf("another schema got %s, and 1 may be in use", body)
	}
	if _, body := ask(t, "POST", url+"/subjects/x-value/versions", submission(schema(fieldA))); body != `{"id":1}` {
		t.Errorf("trying again gave %s", body)
	}
	if _, err := registry.NewServer(t.Context(), store); err != nil {
		t.Errorf("the store cannot be loaded: %v", err)
	}
}

func TestStoreWithTwoWritersIsRefused(t *testing.T) {
	store := &registry.Memory{}
	for _, text := range []string{schema(fieldA), schema(fieldB)} {
		value, err := json.Marshal(map[string]any{"subject": "x-value", "version": 1, "id": 1, "schema": text})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Append(t.Context(), registry.Record{Key: "schema/x-value/1", Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := registry.NewServer(t.Context(), store); err == nil || !strings.Contains(err.Error(), "two registries") {
		t.Errorf("loading gave %v", err)
	}
}

func TestConcurrentRegistrationsGiveOneIDPerSchema(t *testing.T) {
	url := serve(t, &registry.Memory{})
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			_, ids[i] = ask(t, "POST", url+"/subjects/x-value/versions", submission(schema(fieldA)))
		})
	}
	wg.Wait()
	for i, id := range ids {
		if id != `{"id":1}` {
			t.Errorf("request %d got %s", i, id)
		}
	}
}
