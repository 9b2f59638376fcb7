package sim

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// brokers are the Kafka in memory, over its restarts.
type brokers struct {
	network *network
	number  int
	logger  kfake.Logger
	addrs   []string
	dir     string // of their records; empty when they keep none
	images  int
	cluster *kfake.Cluster
}

// firstPort is where the first broker listens, in the virtual network.
const firstPort = 9092

// configs keep logs as long as a run lasts.
var configs = map[string]string{
	"log.cleaner.backoff.ms":    "315360000000",
	"log.retention.ms":          "-1",
	"offsets.retention.minutes": "5256000",
}

// open starts the brokers on what their directory holds.
func (b *brokers) open() error {
	options := []kfake.Opt{
		kfake.NumBrokers(b.number), kfake.Ports(b.ports()...), kfake.ListenFn(b.network.virtual.Listen),
		kfake.ClusterID("simulated"), kfake.BrokerConfigs(configs),
	}
	if b.logger != nil {
		options = append(options, kfake.WithLogger(b.logger))
	}
	if b.dir != "" {
		options = append(options, kfake.DataDir(b.dir))
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return fmt.Errorf("starting the simulated brokers: %w", err)
	}
	b.cluster = cluster
	return nil
}

func (b *brokers) ports() []int {
	ports := make([]int, b.number)
	for i := range ports {
		ports[i] = firstPort + i
	}
	return ports
}

// close ends the brokers in order, as a rolling restart does.
func (b *brokers) close() {
	b.network.cut()
	b.cluster.Close()
}

// crash ends the brokers as a kill does: what they answered is in the image that
// they go on from, and nothing is answered that is not.
func (b *brokers) crash() error {
	image := filepath.Join(filepath.Dir(b.dir), fmt.Sprintf("image%d", b.images))
	b.images++
	copied := make(chan error, 1)
	// A control runs between two requests, on the goroutine that serves them.
	b.cluster.Control(func(kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.DropControl()
		copied <- os.CopyFS(image, os.DirFS(b.dir))
		b.network.cut()
		return nil, nil, false
	})
	err := <-copied
	b.close()
	b.network.mend() // close cut it a second time
	b.dir = image
	if err != nil {
		return fmt.Errorf("copying the brokers' directory: %w", err)
	}
	return nil
}

// log passes what the brokers say to the trace.
type brokerLog struct{ trace *trace }

// Logf implements kfake.Logger.
func (l brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	l.trace.add("", "brokers: "+format, args...)
}
