//go:build unix

package broker_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/internal/broker"
	"github.com/millrace/millrace/testenv"
)

// childEnv tells the test binary to be an instance of its own: the broker's
// address and the partner's, with a blank between.
const childEnv = "BROKER_TEST_CHILD"

func TestMain(m *testing.M) {
	if at, ok := os.LookupEnv(childEnv); ok {
		runChild(at)
		return
	}
	os.Exit(m.Run())
}

// runChild runs instance "a" until it is killed.
func runChild(at string) {
	addr, url, _ := strings.Cut(at, " ")
	w := &world{TB: new(testing.B), app: "tally", addrs: []string{addr}}
	opts := w.caller("a", newStore(), overHTTP(url, "a"))
	if err := broker.New(opts).Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// overHTTP calls the partner behind a URL.
func overHTTP(url, owner string) func(context.Context, int64) (string, error) {
	return func(ctx context.Context, _ int64) (string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/"+owner+"/"+streams.EffectID(ctx), nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return "", err
		}
		if resp.StatusCode != http.StatusOK {
			return "", streams.RetryAfter(errShut, 50*time.Millisecond)
		}
		return owner, nil
	}
}

// ServeHTTP takes calls that come over a network.
func (p *partner) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	owner, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	// The work goes on when the caller is gone, as it does at a real one.
	if err := p.serve(context.WithoutCancel(r.Context()), id, owner); err != nil {
		rw.WriteHeader(http.StatusTooManyRequests)
	}
}

// A whole process freezes with calls under way and wakes when its tasks are
// another's: it must not make one call of theirs.
func TestFrozenProcessCallsNothingThatAnotherOwnerCalls(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, 2), newPartner()
	server := httptest.NewServer(p)
	defer server.Close()
	child := testenv.NewSelf(t, "child", t.TempDir(), childEnv+"="+w.addrs[0]+" "+server.URL)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	w.send(20, 20)
	w.calls(p, "a", 40)
	if err := child.Pause(); err != nil {
		t.Fatal(err)
	}
	opts := w.caller("b", newStore(), overHTTP(server.URL, "b"))
	opts.Client = []kgo.Opt{kgo.Dialer(w.dial)}
	b := w.run(opts)
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 2) })
	w.calls(p, "b", 40)
	if err := child.Resume(); err != nil {
		t.Fatal(err)
	}
	w.calls(p, "b", 40)
	p.unlock()
	w.answered()
	p.check(t)
	b.drain()
}
