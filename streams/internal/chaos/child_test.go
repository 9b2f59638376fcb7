//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/failpoint"
)

// childVariable holds the config of a process that is to be an instance.
const childVariable = "MILLRACE_CHAOS_CHILD"

// config is all that an instance is told.
type config struct {
	App     string
	Dir     string // holds the state directory and the control socket
	Brokers []string
	Via     map[string]string // addresses that are reached through a proxy
	Twin    string
	Session time.Duration
}

func (c config) state() string   { return filepath.Join(c.Dir, "state") }
func (c config) control() string { return filepath.Join(c.Dir, "control") }
func (c config) early() string   { return filepath.Join(c.Dir, "die") }

// child runs the model until SIGTERM and returns the exit code: 3 when the state
// directory cannot be opened, 1 for every other failure.
func child(text string) int {
	log := zerolog.New(os.Stderr).With().Timestamp().Logger()
	var c config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		log.Error().Err(err).Msg("reading config failed")
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	metrics := prometheus.NewRegistry()
	net := &wire{via: c.Via}
	steer := &control{metrics: metrics, wire: net}
	steer.dieEarly(c.early())
	app, err := streams.Open(streams.Options{
		Brokers: c.Brokers, StateDir: c.state(), Lanes: 2, SessionTimeout: c.Session, Replication: -1,
		Kafka: []streams.KafkaOption{kgo.Dialer(net.dial)}, Logger: log, Metrics: metrics, Stamp: stamp,
		Failpoint: steer.pass,
	}, newModel(c.App, c.Twin))
	if err != nil {
		log.Error().Err(err).Msg("opening failed")
		return 3
	}
	steer.app = app
	if err := serve(c.control(), steer); err != nil {
		log.Error().Err(err).Msg("opening control socket failed")
		return 1
	}
	if err := app.Run(ctx); err != nil {
		log.Error().Err(err).Msg("running failed")
		return 1
	}
	return 0
}

// die ends this process as kill -9 does.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// control is what the parent can ask of a child, and do to it, from inside.
type control struct {
	app     *streams.App
	metrics *prometheus.Registry
	wire    *wire

	mu     sync.Mutex
	deadly failpoint.Point
	passes int // of deadly until the process dies
}

// serve answers on a Unix socket as long as the process lives.
func serve(path string, c *control) error {
	_ = os.Remove(path)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", path, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", c.status)
	mux.HandleFunc("POST /stall", c.stall)
	mux.HandleFunc("POST /die", c.dieAt)
	mux.HandleFunc("GET /stacks", stacks)
	go func() { _ = http.Serve(listener, mux) }() // until the process ends
	return nil
}

// status is what an instance says of itself.
type status struct {
	Waiting string             // why it is not ready; empty when it is
	Metrics map[string]float64 // sums, by name
	Stalled int                // requests that were held up
}

func (c *control) status(w http.ResponseWriter, _ *http.Request) {
	s := status{Metrics: make(map[string]float64), Stalled: c.wire.stalls()}
	if err := c.app.Ready(); err != nil {
		s.Waiting = err.Error()
	}
	families, err := c.metrics.Gather()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			s.Metrics[f.GetName()] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	_ = json.NewEncoder(w).Encode(s)
}

// stacks says where every goroutine is.
func stacks(w http.ResponseWriter, _ *http.Request) {
	_ = pprof.Lookup("goroutine").WriteTo(w, 2)
}

// stall holds the next request of a key up: POST /stall?key=11&for=8s.
func (c *control) stall(w http.ResponseWriter, r *http.Request) {
	key, err := strconv.ParseInt(r.FormValue("key"), 10, 16)
	delay, err2 := time.ParseDuration(r.FormValue("for"))
	if err != nil || err2 != nil {
		http.Error(w, "want key and for", http.StatusBadRequest)
		return
	}
	c.wire.stall(int16(key), delay)
}

// dieAt ends the process when it passes a point: POST /die?at=...&passes=3. A
// point is a failpoint's name, or the key of a request that was just written.
func (c *control) dieAt(w http.ResponseWriter, r *http.Request) {
	passes, err := strconv.Atoi(r.FormValue("passes"))
	if err != nil {
		http.Error(w, "want at and passes", http.StatusBadRequest)
		return
	}
	if key, err := strconv.ParseInt(r.FormValue("at"), 10, 16); err == nil {
		c.wire.dieAfter(int16(key), passes)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadly, c.passes = failpoint.Point(r.FormValue("at")), passes
}

// dieEarly makes the process die at the failpoint that the file at path names,
// and removes the file: some points are passed before anybody could ask.
func (c *control) dieEarly(path string) {
	if at, err := os.ReadFile(path); err == nil {
		c.deadly, c.passes = failpoint.Point(at), 1
		_ = os.Remove(path)
	}
}

// pass is told of every failpoint.
func (c *control) pass(at failpoint.Point, _ failpoint.Place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at != c.deadly {
		return
	}
	if c.passes--; c.passes <= 0 {
		die()
	}
}
