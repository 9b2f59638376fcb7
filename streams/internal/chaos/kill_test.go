//go:build unix

package chaos

import (
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/testenv"
)

// killed kills processes at random moments and starts them again at once.
func killed(t testing.TB, cluster *testenv.KafkaCluster, seed uint64) {
	w := pair(t, "killed", cluster, seed)
	var victim *instance
	w.suffer(fault{
		name: "instance kill -9", limit: startLimit,
		strike: func(int) ([partitions]int, time.Time) {
			victim = w.some()
			victim.kill()
			marks, from := w.marks(), time.Now()
			victim.start()
			return marks, from
		},
		heal: func() { w.restoredTail(victim) },
	}, time.Minute)
	killedTwice(w)
	w.settle()
}

// restoredTail wants a restarted instance to have read a tail of the changelog,
// far less than all of it.
func (w *world) restoredTail(i *instance) {
	w.Helper()
	restored := int(i.ready(startLimit).Metrics["streams_restored_rows_total"])
	total := 0
	w.mu.Lock()
	for _, rows := range w.rows {
		total += len(rows)
	}
	w.mu.Unlock()
	if restored > total/4 {
		w.Errorf("%s restored %d rows of %d after a restart: its own were lost", i.name, restored, total)
	}
	if n := i.logged("local rows are dropped"); n > 0 {
		w.Errorf("%s dropped its local rows %d times", i.name, n)
	}
}

// point is a window of the work of an instance in which it dies.
type point struct {
	name string
	at   string // a failpoint, or the key of a request that was sent and not answered
}

func at(p failpoint.Point) point { return point{"kill -9 " + string(p), string(p)} }

func sent(key kmsg.Key) point {
	return point{"kill -9 after sending " + key.Name(), strconv.Itoa(int(key.Int16()))}
}

var (
	beforeCommit = []point{at(failpoint.BeforeFlush), sent(kmsg.Produce), at(failpoint.AfterFlush), sent(kmsg.TxnOffsetCommit), at(failpoint.AfterOffsets)}
	afterCommit  = []point{sent(kmsg.EndTxn), at(failpoint.BeforeBatch), at(failpoint.AfterBatch), at(failpoint.AfterCall)}
	whileOpening = []failpoint.Point{failpoint.BeforeFence, failpoint.BeforeRestore, failpoint.AfterRestore}
)

// killedAt kills a process in windows of its commits.
func killedAt(t testing.TB, cluster *testenv.KafkaCluster, seed uint64, points []point) {
	w := newWorld(t, "killed-at", cluster.Addrs(), seed)
	only := w.add("a", nil)
	only.start()
	w.begin()
	for _, p := range points {
		w.suffer(fault{
			name: p.name, limit: startLimit,
			strike: func(int) ([partitions]int, time.Time) {
				only.tell("/die", url.Values{"at": {p.at}, "passes": {strconv.Itoa(1 + w.random.IntN(6))}})
				w.ends(only, p.name)
				marks, from := w.marks(), time.Now()
				only.start()
				return marks, from
			},
			heal: func() { w.restoredTail(only) },
		}, 40*time.Second)
	}
	w.settle()
}

// ends waits for an instance to end by itself.
func (w *world) ends(i *instance, why string) {
	w.Helper()
	select {
	case <-i.Exited():
	case <-time.After(startLimit):
		w.Fatalf("%s did not come to its end: %s", i, why)
	}
}

// killedTwice kills a process, and again while it takes its tasks back.
func killedTwice(w *world) {
	var victim *instance
	for _, p := range whileOpening {
		w.suffer(fault{
			name: "kill -9 again " + string(p), limit: startLimit, fewer: 4,
			strike: func(int) ([partitions]int, time.Time) {
				victim = w.some()
				victim.kill()
				if err := os.WriteFile(victim.config.early(), []byte(p), 0o600); err != nil {
					w.Fatal(err)
				}
				victim.start()
				w.ends(victim, string(p))
				marks, from := w.marks(), time.Now()
				victim.start()
				return marks, from
			},
			heal: func() { w.restoredTail(victim) },
		}, 40*time.Second)
	}
}
