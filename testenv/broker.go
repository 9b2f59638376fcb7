//go:build unix

package testenv

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/millrace/millrace/testenv/internal/install"
	"github.com/millrace/millrace/testenv/internal/process"
)

const (
	kafkaVersion = "4.3.1"
	kafkaImage   = "apache/kafka:" + kafkaVersion
	kafkaJava    = 17

	// clusterID is the same for every cluster: no two share state.
	clusterID = "bWlsbHJhY2UtdGVzdGVudg"
)

//go:embed kafka.pom.xml
var kafkaPOM []byte

// node is one broker before it runs.
type node struct {
	id              int32
	port, quorum    int // for clients and brokers; for controllers
	dir             string
	program, image  string // java, or kafkaImage and java inside it
	classpath, heap string
}

func (n node) addr() string { return fmt.Sprintf("127.0.0.1:%d", n.port) }

// plan installs Kafka, claims ports and folders and formats the storage.
func plan(ctx context.Context, options KafkaOptions) ([]node, error) {
	count := max(1, options.Brokers)
	if count != 1 && count != 3 {
		return nil, fmt.Errorf("a test cluster has 1 or 3 brokers, not %d", count)
	}
	base, err := installKafka(ctx)
	if err != nil {
		return nil, err
	}
	root, err := install.StateDir("kafka")
	if err != nil {
		return nil, err
	}
	nodes := make([]node, count)
	for i := range nodes {
		n := base
		n.id = int32(i + 1)
		n.dir = filepath.Join(root, fmt.Sprint(n.id))
		var errs [2]error
		n.port, errs[0] = install.Port()
		n.quorum, errs[1] = install.Port()
		if err := errors.Join(errs[:]...); err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	for _, n := range nodes {
		lines := properties(n, nodes)
		maps.Copy(lines, logins(n, options.Users))
		maps.Copy(lines, options.Config)
		if err := n.prepare(ctx, lines, options.Features); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// installKafka returns what is common to all nodes.
func installKafka(ctx context.Context) (node, error) {
	if install.Docker() {
		return node{program: "java", image: kafkaImage, classpath: "/opt/kafka/libs/*", heap: "-Xmx384m"},
			install.Image(ctx, kafkaImage)
	}
	java, err := install.Java(ctx, kafkaJava)
	if err != nil {
		return node{}, err
	}
	libs, err := install.Once(ctx, "kafka-"+kafkaVersion, func(ctx context.Context, dir string) error {
		return install.Jars(ctx, kafkaPOM, dir)
	})
	return node{program: java, classpath: filepath.Join(libs, "*"), heap: "-Xmx384m"}, err
}

// properties returns the lines of server.properties. Only what follows from the
// number of brokers and from running on one machine differs from Kafka's own
// defaults, so that tests meet the behaviour that production has.
func properties(n node, all []node) map[string]string {
	voters := make([]string, len(all))
	for i, v := range all {
		voters[i] = fmt.Sprintf("%d@127.0.0.1:%d", v.id, v.quorum)
	}
	copies, insync := fmt.Sprint(len(all)), fmt.Sprint(min(2, len(all)))
	const internalPartitions = "10" // Kafka's 50 cost seconds at every start
	return map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        fmt.Sprint(n.id),
		"controller.quorum.voters":       strings.Join(voters, ","),
		"controller.listener.names":      "CONTROLLER",
		"listeners":                      fmt.Sprintf("PLAINTEXT://%s,CONTROLLER://127.0.0.1:%d", n.addr(), n.quorum),
		"advertised.listeners":           "PLAINTEXT://" + n.addr(),
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                       filepath.Join(n.dir, "data"),
		"auto.create.topics.enable":      "false", // a topic nobody declared is a defect

		"default.replication.factor":                       copies,
		"min.insync.replicas":                              insync,
		"offsets.topic.replication.factor":                 copies,
		"offsets.topic.num.partitions":                     internalPartitions,
		"transaction.state.log.replication.factor":         copies,
		"transaction.state.log.num.partitions":             internalPartitions,
		"transaction.state.log.min.isr":                    insync,
		"share.coordinator.state.topic.replication.factor": copies,
		"share.coordinator.state.topic.min.isr":            insync,

		// A killed broker is missed, and may come back, after 6 s instead of 9.
		"broker.session.timeout.ms":    "6000",
		"broker.heartbeat.interval.ms": "1000",
	}
}

const brokerLogging = `rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %-5p %m (%c{1})%n
`

// prepare writes the configuration and formats the storage of a new broker.
func (n node) prepare(ctx context.Context, lines, features map[string]string) error {
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of broker %d: %w", n.id, err)
	}
	var text bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&text, "%s=%s\n", key, lines[key])
	}
	if err := errors.Join(
		os.WriteFile(n.config(), text.Bytes(), 0o600),
		os.WriteFile(n.logging(), []byte(brokerLogging), 0o600),
	); err != nil {
		return fmt.Errorf("writing the configuration of broker %d: %w", n.id, err)
	}
	format := n.command()
	format.Args = n.java("kafka.tools.StorageTool", "format", "--cluster-id", clusterID, "--config", n.config())
	for _, name := range slices.Sorted(maps.Keys(features)) {
		format.Args = append(format.Args, "--feature", name+"="+features[name])
	}
	if out, err := process.Run(ctx, format); err != nil {
		return fmt.Errorf("formatting the storage of broker %d: %w:\n%s", n.id, err, out)
	}
	return nil
}

func (n node) config() string  { return filepath.Join(n.dir, "server.properties") }
func (n node) logging() string { return filepath.Join(n.dir, "log4j2.properties") }

// command returns how to run the broker.
func (n node) command() process.Command {
	return process.Command{
		Name:  fmt.Sprintf("kafka broker %d", n.id),
		Path:  n.program,
		Args:  n.java("kafka.Kafka", n.config()),
		Dir:   n.dir,
		Log:   filepath.Join(n.dir, "log"),
		Image: n.image,
	}
}

// java returns the arguments that run one of Kafka's programs.
func (n node) java(class string, args ...string) []string {
	return append([]string{
		n.heap, "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError",
		"-Dlog4j2.configurationFile=" + n.logging(),
		"-cp", n.classpath, class,
	}, args...)
}
