package registry_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/compat"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/registry"
	"github.com/millrace/millrace/schemas/topic"
)

var (
	_ codec.Source    = (*registry.Client)(nil)
	_ compat.Versions = (*registry.Client)(nil)
)

// client returns a client of the registry at url.
func client(t *testing.T, url string) *registry.Client {
	t.Helper()
	c, err := registry.NewClient([]string{url})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodecsOfTwoProcessesAgreeThroughTheRegistry(t *testing.T) {
	url := serve(t, &registry.Memory{})
	writer, reader := codec.New(client(t, url)), codec.New(client(t, url))
	if err := writer.RegisterAll(t.Context(), topic.All()); err != nil {
		t.Fatal(err)
	}
	b, err := codec.Of[event.OrderCancel](writer, topic.OrderCancel).Append(nil, &event.OrderCancel{OrderID: "o"})
	if err != nil {
		t.Fatal(err)
	}
	var got event.OrderCancel // the reader has registered nothing: it asks by id
	if err := codec.Of[event.OrderCancel](reader, topic.OrderCancel).Decode(b, &got); err != nil || got.OrderID != "o" {
		t.Errorf("read %+v, %v", got, err)
	}
	if err := reader.RegisterAll(t.Context(), topic.All()); err != nil {
		t.Errorf("registering the same schemas again: %v", err)
	}
}

func TestRegisterSetsTheLevelOfEachSubject(t *testing.T) {
	url := serve(t, &registry.Memory{})
	if err := codec.New(client(t, url)).RegisterAll(t.Context(), topic.All()); err != nil {
		t.Fatal(err)
	}
	for _, d := range topic.All() {
		_, body := ask(t, "GET", url+"/config/"+d.Subject(), "")
		if want := `"` + string(compat.LevelOf(d.Subject())) + `"`; !strings.Contains(body, want) {
			t.Errorf("level of %s is %s, want %s", d.Subject(), body, want)
		}
	}
}

func TestRegistryHoldsWhatTheFilesSay(t *testing.T) {
	c := client(t, serve(t, &registry.Memory{}))
	if err := codec.New(c).RegisterAll(t.Context(), topic.All()); err != nil {
		t.Fatal(err)
	}
	problems, err := compat.Against(t.Context(), c)
	if err != nil || len(problems) > 0 {
		t.Errorf("Against = %v, %v", problems, err)
	}
	for _, d := range topic.All() {
		if versions, err := c.Versions(t.Context(), d.Subject()); err != nil || len(versions) != 1 {
			t.Errorf("%s has %d versions, %v", d.Subject(), len(versions), err)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	c := client(t, serve(t, &registry.Memory{}))
	if _, err := c.Register(t.Context(), "x-value", []byte(schema(fieldA))); err != nil {
		t.Fatal(err)
	}
	_, err := c.Register(t.Context(), "x-value", []byte(schema(fieldA, fieldC)))
	if !errors.Is(err, registry.ErrIncompatible) || !strings.Contains(err.Error(), "give a new field a default") {
		t.Errorf("incompatible schema: %v", err)
	}
	if _, err := c.SchemaByID(t.Context(), 99); !errors.Is(err, codec.ErrUnknownID) {
		t.Errorf("unknown id: %v", err)
	}
	if versions, err := c.Versions(t.Context(), "never-value"); err != nil || versions != nil {
		t.Errorf("unknown subject: %v, %v", versions, err)
	}
}

// Some registries set a level only on a subject they know, and begin with none.
func TestLevelIsSetAlsoWhereTheSubjectMustExistFirst(t *testing.T) {
	inner, err := registry.NewServer(t.Context(), &registry.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	known := false
	strict := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && !known {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		known = known || r.Method == http.MethodPost
		inner.ServeHTTP(w, r)
	}))
	defer strict.Close()
	if _, err := client(t, strict.URL).Register(t.Context(), topic.OrderSubmit.Subject(), []byte(schema(fieldA))); err != nil {
		t.Fatal(err)
	}
	if _, body := ask(t, "GET", strict.URL+"/config/"+topic.OrderSubmit.Subject(), ""); !strings.Contains(body, "BACKWARD_TRANSITIVE") {
		t.Errorf("level is %s", body)
	}
}

func TestUnreachableRegistryIsAnErrorOfItsOwn(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := client(t, gone.URL).SchemaByID(ctx, 1)
	if !registry.Away(err) || errors.Is(err, codec.ErrUnknownID) {
		t.Errorf("SchemaByID = %v", err)
	}
}
