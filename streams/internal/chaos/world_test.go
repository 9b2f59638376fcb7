//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions = 4
	hotKeys    = 40
	// coldKeys are sent once, before the first fault: a state large enough to
	// tell a tail from the whole.
	coldKeys = 4000
	// session is the instances' session timeout, the least that brokers take.
	session = 6 * time.Second
)

// world is one topology on a cluster: its topics, its load and what it has
// committed.
type world struct {
	testing.TB
	app    string
	topics topics
	addrs  []string
	dir    string
	twin   *twin
	random *rand.Rand // for whoever drives the faults
	client *kgo.Client
	adm    *kadm.Client

	instances []*instance

	mu      sync.Mutex
	sent    int64 // inputs given to the producer
	acked   [partitions]int
	failed  error // of the load, or of reading
	oracle  *oracle
	rows    map[int32][]*kgo.Record // the changelog
	aborted map[marker]bool
	ended   map[marker]bool // committed transactions
	loading sync.WaitGroup
	stop    context.CancelFunc // of the load
}

// marker names a transaction: the epoch grows with each.
type marker struct {
	producer int64
	epoch    int16
}

// newWorld makes the topics of a topology, starts its load and reads along.
func newWorld(t testing.TB, app string, addrs []string, seed uint64) *world {
	t.Helper()
	w := &world{
		TB: t, app: fmt.Sprintf("%s-%d", app, time.Now().UnixNano()%1e9), addrs: addrs,
		twin: newTwin(t, seed), random: rand.New(rand.NewPCG(seed, 1)),
		rows: make(map[int32][]*kgo.Record), aborted: make(map[marker]bool), ended: make(map[marker]bool),
	}
	w.topics = topicsOf(w.app)
	w.oracle = newOracle(w.topics)
	var err error
	if w.dir, err = os.MkdirTemp("", "chaos-"); err != nil { // t.TempDir is too long for a socket's name
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(w.dir) })
	if w.client, err = kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ProducerLinger(0)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.adm = kadm.NewClient(w.client)
	t.Cleanup(w.tellOpen)
	topics := []string{w.topics.in, w.topics.out, w.topics.rung, w.topics.answered}
	if created, err := w.adm.CreateTopics(t.Context(), partitions, -1, nil, topics...); errors.Join(err, created.Error()) != nil {
		t.Fatal(errors.Join(err, created.Error()))
	}
	eventually(t, 30*time.Second, func() error { // every broker has to hear of them
		listed, err := w.adm.ListTopics(t.Context(), topics...)
		return errors.Join(err, listed.Error())
	})
	w.read()
	return w
}

// add makes an instance of the topology; via names proxies by broker address.
func (w *world) add(name string, via map[string]string) *instance {
	w.Helper()
	i := newInstance(w, name, config{
		App: w.app, Dir: filepath.Join(w.dir, name), Brokers: w.addrs, Via: via, Twin: w.twin.url, Session: session,
	})
	w.instances = append(w.instances, i)
	return i
}

// read follows everything that the topology commits, until the test ends.
func (w *world) read() {
	w.Helper()
	reader, err := kgo.NewClient(
		kgo.SeedBrokers(w.addrs...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.UnknownTopicRetries(-1), kgo.FetchMaxWait(500*time.Millisecond),
		kgo.ConsumeTopics(w.topics.in, w.topics.out, w.topics.rung, w.topics.answered, w.topics.changelog, w.app+".dlq"),
	)
	if err != nil {
		w.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			fetches := reader.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			w.take(fetches)
		}
	})
	w.Cleanup(func() { reader.Close(); reading.Wait() })
}

func (w *world) take(fetches kgo.Fetches) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fetches.EachError(func(topic string, p int32, err error) {
		if topic != w.topics.changelog && topic != w.app+".dlq" { // these two come with the first instance
			w.failed = fmt.Errorf("reading %s/%d: %w", topic, p, err)
		}
	})
	fetches.EachRecord(func(r *kgo.Record) {
		switch {
		case r.Attrs.IsControl() && r.Topic == w.topics.changelog:
			w.ending(r)
		case r.Attrs.IsControl():
		case r.Topic == w.topics.changelog:
			w.rows[r.Partition] = append(w.rows[r.Partition], r)
		default:
			w.oracle.take(r)
		}
	})
}

// ending takes note of a transaction's marker: its key says how it ended.
func (w *world) ending(r *kgo.Record) {
	m := marker{r.ProducerID, r.ProducerEpoch}
	if len(r.Key) >= 4 && r.Key[3] == 0 {
		w.aborted[m] = true
	} else {
		w.ended[m] = true
	}
}

// send gives inputs to the producer. It never fails for good: the client tries
// as long as it lives.
func (w *world) send(key string, random *rand.Rand) {
	w.mu.Lock()
	w.sent++
	seq := w.sent
	w.mu.Unlock()
	value, _ := json.Marshal(input{Seq: seq, Value: random.Int64N(2000) - 1000})
	w.client.Produce(context.Background(), &kgo.Record{Topic: w.topics.in, Key: []byte(key), Value: value}, func(r *kgo.Record, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil {
			w.failed = fmt.Errorf("producing input: %w", err)
			return
		}
		w.acked[r.Partition]++
	})
}

// load sends the cold keys at once and then so many inputs a second of the hot
// ones until rest.
func (w *world) load(perSecond int) {
	random := rand.New(rand.NewPCG(w.random.Uint64(), 3))
	for n := range coldKeys {
		w.send(fmt.Sprintf("cold-%d", n), random)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	w.Cleanup(cancel)
	const beat = 20 * time.Millisecond
	w.loading.Go(func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			for range max(1, perSecond*int(beat)/int(time.Second)) {
				w.send(fmt.Sprintf("hot-%d", random.IntN(hotKeys)), random)
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
}

// rest ends the load and waits until all inputs are acknowledged.
func (w *world) rest() {
	w.Helper()
	w.stop()
	w.loading.Wait()
	if err := w.client.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// marks is how many inputs each partition has that are acknowledged.
func (w *world) marks() [partitions]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acked
}

// passed waits until every partition has committed an input beyond the marks,
// and returns how long that took from a moment on. All instances must live.
func (w *world) passed(marks [partitions]int, from time.Time, limit time.Duration) time.Duration {
	w.Helper()
	w.until(limit, func() error {
		for p, mark := range marks {
			if done := w.oracle.partition(int32(p)).done; done <= mark {
				return fmt.Errorf("partition %d has handled %d inputs, the fault was at %d", p, done, mark)
			}
		}
		return nil
	})
	return time.Since(from)
}

// until waits for a condition on what was committed, and ends the test at the
// first thing that is wrong: the fault that did it is the newest one then.
func (w *world) until(limit time.Duration, check func() error) {
	w.Helper()
	eventually(w, limit, func() error {
		w.alive()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.failed != nil {
			w.Fatal(w.failed)
		}
		if len(w.oracle.wrong) > 0 {
			w.Fatalf("wrong: %s", w.oracle.wrong[0])
		}
		return check()
	})
}

// alive ends the test if an instance ended that was started.
func (w *world) alive() {
	w.Helper()
	for _, i := range w.instances {
		if i.Exited() != nil && !i.running() {
			w.Fatalf("%s ended by itself:\n%s", i, tailOf(i.Logs()))
		}
	}
}

// tailOf returns the end of a log, short enough for a message.
func tailOf(log string) string {
	const limit = 4 << 10
	return log[max(0, len(log)-limit):]
}
