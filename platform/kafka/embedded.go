package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// DefaultEmbeddedAddr is where development tools expect a broker.
const DefaultEmbeddedAddr = "127.0.0.1:9092"

// EmbeddedConfig says where an embedded broker listens and keeps its records.
type EmbeddedConfig struct {
	Addr      string // loopback host:port; "" means DefaultEmbeddedAddr, port 0 chooses a free one
	DataDir   string // folder of the records, created if missing; needed unless Ephemeral
	Ephemeral bool   // keep everything in memory and forget it at Close
	Log       zerolog.Logger
}

// Embedded is a Kafka broker inside the process, for development and tests. It
// survives the kill of the process, not the loss of power: records are written
// to the folder at once and synced at its end. It commits a transaction partition
// by partition and its offsets last; a kill in that very moment leaves part of one,
// which the next start commits whole (mend), but offsets may lag behind it.
type Embedded struct {
	config  EmbeddedConfig
	cluster *kfake.Cluster
	client  *kgo.Client
	admin   *kadm.Client
	addr    string
	unlock  func() error

	stopTending context.CancelFunc
	tending     sync.WaitGroup
	closing     sync.Once
	closed      error
}

// brokerConfigs replace what kfake would do on its own: see the package
// comment. Offsets of groups never expire, or a folder opened after a holiday
// would be consumed twice.
var brokerConfigs = map[string]string{
	"default.replication.factor": "1",
	"log.cleaner.backoff.ms":     "315360000000",
	"log.retention.bytes":        "-1",
	"log.retention.ms":           "-1",
	"log.segment.bytes":          strconv.Itoa(16 << 20),
	"offsets.retention.minutes":  "5256000",
}

// StartEmbedded opens the folder and listens. It fails when the port is taken
// or the folder belongs to another process.
func StartEmbedded(ctx context.Context, config EmbeddedConfig) (*Embedded, error) {
	port, err := loopbackPort(config.Addr)
	if err != nil {
		return nil, err
	}
	e := &Embedded{config: config, unlock: func() error { return nil }}
	if !config.Ephemeral {
		if err := e.openFolder(); err != nil {
			return nil, err
		}
		if killed(config.DataDir) {
			if err := e.mend(ctx); err != nil {
				return nil, errors.Join(fmt.Errorf("opening embedded Kafka after a kill: %w", err), e.unlock())
			}
		}
	}
	if err := e.open(port); err != nil {
		return nil, errors.Join(err, e.unlock())
	}
	ctx, e.stopTending = context.WithCancel(context.WithoutCancel(ctx))
	e.tending.Go(func() { e.tend(ctx) })
	return e, nil
}

// open begins to serve what the folder holds on a port; 0 chooses a free one.
func (e *Embedded) open(port int) (err error) {
	options := []kfake.Opt{
		kfake.Ports(port),
		kfake.ClusterID("millrace-embedded"),
		kfake.BrokerConfigs(brokerConfigs),
		kfake.WithLogger(clusterLog{e.config.Log}),
	}
	if !e.config.Ephemeral {
		options = append(options, kfake.DataDir(e.config.DataDir))
	}
	if e.cluster, err = kfake.NewCluster(options...); err != nil {
		return fmt.Errorf("starting embedded Kafka on port %d: %w; free the port or choose another address", port, err)
	}
	debug.FreeOSMemory() // opening read the whole folder once, and keeps only its index
	e.addr = e.cluster.ListenAddrs()[0]
	if e.client, err = kgo.NewClient(kgo.SeedBrokers(e.addr), kgo.ClientID("embedded-broker")); err != nil {
		e.cluster.Close()
		return fmt.Errorf("creating client of embedded Kafka: %w", err)
	}
	e.admin = kadm.NewClient(e.client)
	return nil
}

// shut ends what open began.
func (e *Embedded) shut() {
	e.client.Close()
	e.cluster.Close()
}

// loopbackPort refuses addresses that others could reach: the broker asks
// nobody for a password.
func loopbackPort(addr string) (int, error) {
	if addr == "" {
		addr = DefaultEmbeddedAddr
	}
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("reading address of embedded Kafka: %w; want 127.0.0.1:9092", err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || (host != "127.0.0.1" && host != "localhost") {
		return 0, fmt.Errorf("embedded Kafka listens on 127.0.0.1 only, not on %s; use a real Kafka for others", addr)
	}
	return int(port), nil
}

func (e *Embedded) openFolder() error {
	if e.config.DataDir == "" {
		return errors.New("starting embedded Kafka: no data directory; name one, or ask for an ephemeral broker")
	}
	if err := os.MkdirAll(e.config.DataDir, 0o750); err != nil {
		return fmt.Errorf("creating data directory of embedded Kafka: %w", err)
	}
	unlock, err := lockFolder(e.config.DataDir)
	if err != nil {
		return err
	}
	if err := restoreLinks(e.config.DataDir); err != nil {
		return errors.Join(fmt.Errorf("putting back an interrupted compaction: %w", err), unlock())
	}
	e.unlock = unlock
	return nil
}

// Addr returns the broker's host:port.
func (e *Embedded) Addr() string { return e.addr }

// Close writes the folder's index and releases port and folder. Clients should
// be closed before: what they have in flight is lost, as with any broker that
// goes away. Closing twice is safe.
func (e *Embedded) Close() error {
	e.closing.Do(func() {
		e.stopTending()
		e.tending.Wait()
		e.shut()
		e.closed = e.unlock()
	})
	return e.closed
}

// Size is what an embedded broker holds.
type Size struct {
	Bytes  int64            // in all partitions
	Topics map[string]int64 // bytes by topic
}

// Size returns the size of all records kept, in bytes as they are on disk.
func (e *Embedded) Size(ctx context.Context) (Size, error) {
	dirs, err := e.admin.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return Size{}, fmt.Errorf("measuring embedded Kafka: %w", err)
	}
	size := Size{Topics: map[string]int64{}}
	dirs.Each(func(dir kadm.DescribedLogDir) {
		dir.Topics.Each(func(p kadm.DescribedLogDirPartition) {
			size.Bytes += p.Size
			size.Topics[p.Topic] += p.Size
		})
	})
	return size, nil
}

// clusterLog passes the broker's warnings and errors on.
type clusterLog struct{ log zerolog.Logger }

// Logf logs what is at least a warning; the rest tells of every request. A
// commit over a few milliseconds counts as slow to a broker made for tests, and
// is left out.
func (l clusterLog) Logf(level kfake.LogLevel, format string, args ...any) {
	if strings.HasPrefix(format, "txn: EndTxn slow") {
		return
	}
	switch level {
	case kfake.LogLevelError:
		l.log.Error().Msgf(format, args...)
	case kfake.LogLevelWarn:
		l.log.Warn().Msgf(format, args...)
	default:
	}
}
