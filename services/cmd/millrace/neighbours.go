package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/registry"
	"github.com/millrace/millrace/schemas/topic"
)

// neighbours are the systems that every room needs: Kafka and a registry, real
// or embedded.
type neighbours struct {
	kafka      kafka.Config
	registry   []string // URLs
	partitions int32
	// replication of the topics; -1 leaves it to the broker.
	replication int16
	// eventBytes bounds what an event topic keeps in a partition; 0 does not.
	eventBytes int64

	// patience is how long clients wait for a silent broker before they take it
	// for gone; 0 is the runtime's default. An embedded broker pauses to compact.
	patience time.Duration

	embedded *kafka.Embedded // nil when real
	parts    []lifecycle.Part
	close    func()
}

// devPartitions and devEventBytes keep the folder of `millrace dev` small: an
// embedded broker reads all of it when it starts.
const (
	devPartitions = 4
	devEventBytes = 32 << 20
)

// embed starts a Kafka and a registry inside this process.
func embed(ctx context.Context, kafkaAddr, registryAddr, dataDir string, log zerolog.Logger) (*neighbours, error) {
	config := kafka.EmbeddedConfig{Addr: kafkaAddr, Ephemeral: dataDir == "", Log: log}
	if dataDir != "" {
		config.DataDir = filepath.Join(dataDir, "kafka")
	}
	broker, err := kafka.StartEmbedded(ctx, config)
	if err != nil {
		return nil, err
	}
	n := &neighbours{
		kafka: kafka.Config{Brokers: []string{broker.Addr()}, ClientID: "millrace"}, partitions: devPartitions,
		replication: 1, eventBytes: devEventBytes, patience: time.Minute, embedded: broker, close: func() { _ = broker.Close() },
	}
	if err := n.embedRegistry(ctx, registryAddr, log); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *neighbours) embedRegistry(ctx context.Context, addr string, log zerolog.Logger) error {
	opts, err := kafka.ClientOptions(n.kafka)
	if err != nil {
		return err
	}
	schemas, err := registry.OpenTopic(ctx, opts...)
	if err != nil {
		return err
	}
	closeBroker := n.close
	n.close = func() { schemas.Close(); closeBroker() }
	handler, err := registry.NewServer(ctx, schemas)
	if err != nil {
		return err
	}
	server, err := httpd.Listen(httpd.Config{Addr: addr}, handler, log)
	if err != nil {
		return err
	}
	n.registry = []string{"http://" + server.Addr()}
	n.parts = append(n.parts, lifecycle.Part{Name: "registry", Run: server.Run})
	return nil
}

// contracts is the part that makes Kafka and the registry know every topic and
// schema before anything uses them. It waits for a neighbour that is away, and
// gives up only when one says no.
func (n *neighbours) contracts(schemas *codec.Schemas, log zerolog.Logger) lifecycle.Part {
	return lifecycle.Part{Name: "contracts", Run: func(ctx context.Context, ready func()) error {
		for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
			err := n.agree(ctx, schemas)
			if err == nil {
				break
			}
			if !registry.Away(err) && !kafka.Away(err) || ctx.Err() != nil {
				return err
			}
			log.Warn().Err(err).Dur("again_in", pause).Msg("a neighbour cannot be reached, the start waits for it")
			select {
			case <-ctx.Done():
				return err
			case <-time.After(pause):
			}
		}
		ready()
		<-ctx.Done()
		return nil
	}}
}

func (n *neighbours) agree(ctx context.Context, schemas *codec.Schemas) error {
	if err := n.ensureTopics(ctx); err != nil {
		return fmt.Errorf("%w; is Kafka at %v up?", err, n.kafka.Brokers)
	}
	if err := schemas.RegisterAll(ctx, topic.All()); err != nil {
		return fmt.Errorf("%w; is the registry at %v up?", err, n.registry)
	}
	return nil
}

// schemas returns what codecs are made of; it does not connect yet.
func (n *neighbours) schemas() (*codec.Schemas, error) {
	client, err := registry.NewClient(n.registry)
	if err != nil {
		return nil, err
	}
	return codec.New(client), nil
}

// ensureTopics creates the topics that are missing and checks the others.
func (n *neighbours) ensureTopics(ctx context.Context) error {
	opts, err := kafka.ClientOptions(n.kafka)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return fmt.Errorf("making Kafka client: %w", err)
	}
	defer client.Close()
	var specs []kafka.TopicSpec
	for _, def := range topic.All() {
		spec := kafka.TopicSpec{Name: def.Name, Partitions: n.partitions, Replication: n.replication, Configs: topic.Configs(def)}
		if n.eventBytes > 0 {
			spec.Configs = topic.BoundedConfigs(def, n.eventBytes)
		}
		specs = append(specs, spec)
	}
	return kafka.EnsureTopics(ctx, kadm.NewClient(client), specs)
}
