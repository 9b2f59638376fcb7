package broker

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/task"
)

// A broker that dies and stays away takes no task with it: its successor as the
// group's coordinator is asked.
func TestOffsetsAreFetchedFromTheSuccessorOfADeadCoordinator(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(1, "in"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	var network fragile
	cl, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.RetryTimeout(time.Second), kgo.Dialer(network.dial))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	o := &Options{Topology: &task.Topology{App: "app"}, inputs: []string{"in"}}
	c := cluster{topicIDs: map[string][16]byte{"in": fake.TopicInfo("in").TopicID}}
	fetch := func() error {
		offsets, err := fetchOffsets(t.Context(), cl, o, c, []int32{0}, true)
		if err == nil && offsets["in"][0].next != 7 {
			err = fmt.Errorf("offsets are %v, want 7", offsets)
		}
		return err
	}
	var seven kadm.Offsets
	seven.AddOffset("in", 0, 7, -1)
	if err := kadm.NewClient(cl).CommitAllOffsets(t.Context(), "app", seven); err != nil {
		t.Fatal(err)
	}
	if err := fetch(); err != nil {
		t.Fatal(err)
	}
	died := fake.CoordinatorFor("app")
	network.kill(fake.ListenAddrs()[died])
	for fake.CoordinatorFor("app") == died {
		fake.RehashCoordinators()
	}
	deadline := time.Now().Add(60 * time.Second)
	for err = fetch(); err != nil; err = fetch() {
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// fragile is a network in which a broker can die.
type fragile struct {
	mu    sync.Mutex
	dead  string
	conns map[string][]net.Conn
}

func (f *fragile) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if addr == f.dead {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if f.conns == nil {
		f.conns = make(map[string][]net.Conn)
	}
	f.conns[addr] = append(f.conns[addr], conn)
	return conn, nil
}

func (f *fragile) kill(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = addr
	for _, conn := range f.conns[addr] {
		conn.Close()
	}
}
