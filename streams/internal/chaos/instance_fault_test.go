//go:build unix

package chaos

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/testenv"
)

var processors = runtime.GOMAXPROCS(0)

const (
	perSecond = 100 // inputs of each world
	// startLimit bounds the start of an instance with its restore, on a machine
	// that does much else.
	startLimit = 30 * time.Second
	// takeOver bounds how long tasks of a process that is gone stand still.
	takeOver = session + 30*time.Second
)

// Everything that can happen to a process of the topology, on one broker with
// Kafka's default settings. The faults that must outlast a session take most of
// the time and run side by side, as topologies of their own.
func TestFaultsOfInstancesLoseDoubleAndReorderNothing(t *testing.T) {
	t.Parallel()
	cluster := testenv.Kafka(t, testenv.KafkaOptions{})
	s := seed(t)
	began := time.Now()
	var all sync.WaitGroup
	beside := func(name string, fn func(t *testing.T)) { all.Go(func() { t.Run(name, fn) }) }
	for half := range uint64(2) {
		beside(fmt.Sprintf("stopped %d", half), func(t *testing.T) { stopped(t, cluster, s+half) })
		beside(fmt.Sprintf("stalled %d", half), func(t *testing.T) { stalled(t, cluster, s+half) })
	}
	beside("killed and cut off", func(t *testing.T) {
		killed(t, cluster, s)
		cutOff(t, cluster, s)
	})
	beside("killed before the commit", func(t *testing.T) { killedAt(t, cluster, s, beforeCommit) })
	beside("killed after the commit", func(t *testing.T) { killedAt(t, cluster, s, afterCommit) })
	all.Wait()
	report.log(t)
	t.Logf("took %s", time.Since(began).Round(time.Second))
}

// pair starts a world with two instances that share the tasks.
func pair(t testing.TB, name string, cluster *testenv.KafkaCluster, seed uint64) *world {
	t.Helper()
	w := newWorld(t, name, cluster.Addrs(), seed)
	for _, name := range []string{"a", "b"} {
		w.add(name, nil).start()
	}
	w.begin()
	return w
}

// begin waits until the instances share the tasks, and loads them: with the cold
// keys, and long enough after them that their rows have gone to the disks, which
// takes up to a second.
func (w *world) begin() {
	w.Helper()
	w.shared()
	w.load(perSecond)
	w.until(60*time.Second, func() error {
		if n, enough := w.oracle.handled(), coldKeys+3*perSecond; n < enough {
			return fmt.Errorf("%d of the first %d inputs are handled", n, enough)
		}
		return nil
	})
}

// shared waits until the group is stable and all instances have their part.
func (w *world) shared() {
	w.Helper()
	eventually(w, 60*time.Second, func() error {
		w.alive()
		groups, err := w.adm.DescribeGroups(w.Context(), w.app)
		if err != nil {
			return err
		}
		g := groups[w.app]
		if g.State != "Stable" || len(g.Members) != len(w.instances) {
			return fmt.Errorf("group is %s with %d members", g.State, len(g.Members))
		}
		for _, m := range g.Members {
			tasks := 0
			if a, ok := m.Assigned.AsConsumer(); ok {
				for _, topic := range a.Topics {
					tasks = max(tasks, len(topic.Partitions))
				}
			}
			if tasks != partitions/len(w.instances) {
				return fmt.Errorf("member %s has %d tasks", m.MemberID, tasks)
			}
		}
		return nil
	})
	for _, i := range w.instances {
		i.ready(startLimit)
	}
}

// some picks an instance.
func (w *world) some() *instance { return w.instances[w.random.IntN(len(w.instances))] }

// stopped freezes a process until others have its tasks, then lets it go on: it
// believes that nothing happened.
func stopped(t testing.TB, cluster *testenv.KafkaCluster, seed uint64) {
	w := pair(t, "stopped", cluster, seed)
	var victim *instance
	w.suffer(fault{
		name: "SIGSTOP past the session", limit: takeOver, fewer: 2,
		strike: func(int) ([partitions]int, time.Time) {
			victim = w.some()
			if err := victim.Pause(); err != nil {
				t.Fatal(err)
			}
			return w.marks(), time.Now()
		},
		heal: func() {
			if err := victim.Resume(); err != nil {
				t.Fatal(err)
			}
			w.shared()
		},
	}, 150*time.Second)
	w.settle()
}

// stalled removes one member from the group by an administrator's request; the
// other's JoinGroup then hangs past its session while it fetches and commits on.
func stalled(t testing.TB, cluster *testenv.KafkaCluster, seed uint64) {
	w := pair(t, "stalled", cluster, seed)
	w.suffer(fault{
		name: "JoinGroup stalled past the session", limit: takeOver, fewer: 2,
		strike: func(round int) ([partitions]int, time.Time) {
			slow, removed := w.instances[round%2], w.instances[1-round%2]
			before, err := slow.status()
			if err != nil {
				t.Fatal(err)
			}
			hold := session + time.Duration(1+w.random.IntN(3))*time.Second
			slow.tell("/stall", url.Values{"key": {strconv.Itoa(int(kmsg.JoinGroup.Int16()))}, "for": {hold.String()}})
			if err := w.remove(removed); err != nil {
				t.Fatal(err)
			}
			eventually(t, 20*time.Second, func() error {
				now, err := slow.status()
				if err == nil && now.Stalled == before.Stalled {
					err = fmt.Errorf("%s sent no JoinGroup", slow.name)
				}
				return err
			})
			return w.marks(), time.Now()
		},
		heal: w.shared,
	}, 150*time.Second)
	w.settle()
}

// remove takes an instance out of the group, as an administrator does.
func (w *world) remove(i *instance) error {
	id, err := os.ReadFile(filepath.Join(i.config.state(), "instance"))
	if err != nil {
		return err
	}
	left, err := w.adm.LeaveGroup(w.Context(), kadm.LeaveGroup(w.app).InstanceIDs(w.app+"-"+strings.TrimSpace(string(id))))
	if err != nil {
		return err
	}
	return left.Error()
}

// cutOff cuts the network of one process, now by refusing, now by losing
// packets, now and then for longer than its session.
func cutOff(t testing.TB, cluster *testenv.KafkaCluster, seed uint64) {
	w := newWorld(t, "cut-off", cluster.Addrs(), seed)
	proxies, via := make([]*testenv.Proxy, 0, len(w.addrs)), make(map[string]string)
	for _, addr := range w.addrs {
		p := testenv.NewProxy(t, addr)
		proxies, via[addr] = append(proxies, p), p.Addr()
	}
	w.add("a", via).start()
	w.add("b", nil).start()
	w.begin()
	w.suffer(fault{
		name: "network of an instance cut", limit: takeOver,
		strike: func(round int) ([partitions]int, time.Time) {
			for _, p := range proxies {
				if round%2 == 0 {
					p.Cut()
				} else {
					p.Stall()
				}
			}
			marks, from := w.marks(), time.Now()
			dark := time.Duration(w.random.Int64N(int64(1500 * time.Millisecond)))
			if round%10 >= 8 {
				dark = session + 2*time.Second
			}
			time.Sleep(dark)
			for _, p := range proxies {
				p.Heal()
			}
			return marks, from
		},
		heal: w.shared,
	}, 80*time.Second)
	w.settle()
}
