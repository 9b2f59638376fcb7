//go:build unix

package chaos

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv"
)

// brokerBack bounds the time from a broker's return, or its loss where others
// take over, until every partition goes on.
const brokerBack = 60 * time.Second

// The only broker dies, or rests, in the middle of transactions.
func TestFaultsOfTheOnlyBrokerLoseDoubleAndReorderNothing(t *testing.T) {
	t.Parallel()
	cluster := testenv.Kafka(t, testenv.KafkaOptions{})
	w := pair(t, "broker", cluster, seed(t))
	w.suffer(fault{
		name: "broker kill -9 and restart", limit: brokerBack,
		strike: func(int) ([partitions]int, time.Time) {
			must(t, cluster.KillBroker(1))
			marks := w.marks()
			must(t, cluster.RestartBroker(t.Context(), 1))
			return marks, time.Now()
		},
	}, 150*time.Second)
	w.suffer(fault{
		name: "broker stopped and restarted", limit: brokerBack, fewer: 4,
		strike: func(int) ([partitions]int, time.Time) {
			must(t, cluster.StopBroker(1))
			marks := w.marks()
			must(t, cluster.RestartBroker(t.Context(), 1))
			return marks, time.Now()
		},
	}, 30*time.Second)
	w.suffer(fault{
		name: "broker frozen", limit: brokerBack, fewer: 4,
		strike: func(int) ([partitions]int, time.Time) {
			must(t, cluster.PauseBroker(1))
			frozen := time.Duration(w.random.Int64N(int64(session + 2*time.Second)))
			time.Sleep(frozen)
			marks := w.marks()
			must(t, cluster.ResumeBroker(1))
			return marks, time.Now()
		},
	}, 30*time.Second)
	w.settle()
	report.log(t)
	left := 0
	for _, i := range w.instances {
		left += i.logged("a restarted broker left a transaction open")
	}
	t.Logf("%d partitions had a transaction that the restarted broker forgot to end there", left)
}

// Of three brokers the one dies that coordinates the group, then the one that
// coordinates a transaction.
func TestFailoverOfCoordinatorsLosesDoublesAndReordersNothing(t *testing.T) {
	t.Parallel()
	cluster := testenv.Kafka(t, testenv.KafkaOptions{Brokers: 3})
	w := pair(t, "failover", cluster, seed(t))
	for name, coordinator := range map[string]func() (int, error){
		"group coordinator kill -9": w.groupCoordinator, "transaction coordinator kill -9": w.transactionCoordinator,
	} {
		var lost int
		w.suffer(fault{
			name: name, limit: brokerBack, fewer: 5,
			strike: func(int) ([partitions]int, time.Time) {
				eventually(t, 30*time.Second, func() (err error) { lost, err = coordinator(); return err })
				must(t, cluster.KillBroker(lost))
				return w.marks(), time.Now()
			},
			heal: func() {
				must(t, cluster.RestartBroker(t.Context(), lost))
				w.replicated()
			},
		}, 45*time.Second)
	}
	w.settle()
	report.log(t)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) groupCoordinator() (int, error) {
	found := w.adm.FindGroupCoordinators(w.Context(), w.app)[w.app]
	return int(found.NodeID), found.Err
}

// transactionCoordinator is that of any lane's transactions.
func (w *world) transactionCoordinator() (int, error) {
	listed, err := w.adm.ListTransactions(w.Context(), nil, []string{"Ongoing", "CompleteCommit", "PrepareCommit"})
	for id, tx := range listed {
		if len(id) > len(w.app) && id[:len(w.app)+1] == w.app+"-" {
			return int(tx.Coordinator), nil
		}
	}
	return 0, errors.Join(err, fmt.Errorf("no transactional id of %s is listed", w.app))
}

// replicated waits until every partition has all its copies again, or the next
// loss of a broker would stop writes.
func (w *world) replicated() {
	w.Helper()
	eventually(w, 60*time.Second, func() error {
		ctx, cancel := context.WithTimeout(w.Context(), 5*time.Second)
		defer cancel()
		topics, err := w.adm.ListTopicsWithInternal(ctx)
		if err != nil {
			return err
		}
		for _, t := range topics {
			for _, p := range t.Partitions {
				if len(p.ISR) < len(p.Replicas) {
					return fmt.Errorf("%s/%d has %d of %d copies", t.Topic, p.Partition, len(p.ISR), len(p.Replicas))
				}
			}
		}
		return nil
	})
}
