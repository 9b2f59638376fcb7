package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// TopicSpec declares one topic.
type TopicSpec struct {
	Name        string
	Partitions  int32
	Replication int16             // -1 lets the broker decide
	Configs     map[string]string // Kafka's topic configs, such as cleanup.policy
}

// compacted reports whether the topic keeps the last record of each key.
func (s TopicSpec) compacted() bool {
	return strings.Contains(s.Configs["cleanup.policy"], "compact")
}

// BoundEvents returns specs with retention.bytes set on every topic that is
// not compacted. An embedded broker must hold little, whatever the topics
// declare for a real one.
func BoundEvents(specs []TopicSpec, bytesPerPartition int64) []TopicSpec {
	bounded := slices.Clone(specs)
	for i, spec := range bounded {
		if spec.compacted() {
			continue
		}
		configs := maps.Clone(spec.Configs)
		if configs == nil {
			configs = map[string]string{}
		}
		configs["retention.bytes"] = strconv.FormatInt(bytesPerPartition, 10)
		bounded[i].Configs = configs
	}
	return bounded
}

// EnsureTopics creates the topics that are missing and checks those that
// exist: their partition count, because keys would change their partition;
// cleanup.policy, because a deleted state is lost; message.timestamp.type,
// because retention of commands trusts it. All mismatches are reported
// together and nothing existing is changed. It returns when the brokers know
// every topic, or with ctx's error.
func EnsureTopics(ctx context.Context, admin *kadm.Client, specs []TopicSpec) error {
	existing, err := describe(ctx, admin, specs)
	if err != nil {
		return err
	}
	var failures []error
	for _, spec := range specs {
		if existing[spec.Name] == nil {
			failures = append(failures, create(ctx, admin, spec))
		}
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	existing, partitions, err := awaitTopics(ctx, admin, specs)
	if err != nil {
		return err
	}
	var mismatches []error
	for _, spec := range specs {
		mismatches = append(mismatches, mismatch(spec, len(partitions[spec.Name].Partitions), existing[spec.Name])...)
	}
	return errors.Join(mismatches...)
}

func names(specs []TopicSpec) []string {
	all := make([]string, len(specs))
	for i, spec := range specs {
		all[i] = spec.Name
	}
	return all
}

// create tolerates a topic that somebody else created meanwhile: it is
// verified like any other.
func create(ctx context.Context, admin *kadm.Client, spec TopicSpec) error {
	configs := make(map[string]*string, len(spec.Configs))
	for key, value := range spec.Configs {
		configs[key] = &value
	}
	answer, err := admin.CreateTopic(ctx, spec.Partitions, spec.Replication, configs, spec.Name)
	if err == nil {
		err = answer.Err
	}
	if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	return fmt.Errorf("creating topic %s with %d partitions, replication %d: %w", spec.Name, spec.Partitions, spec.Replication, err)
}

// topicConfigs are the configs of each topic that exists.
type topicConfigs map[string]map[string]string

// describe returns the configs of those topics that exist. Unlike a client's
// metadata, the answer is never an older one.
func describe(ctx context.Context, admin *kadm.Client, specs []TopicSpec) (topicConfigs, error) {
	described, err := admin.DescribeTopicConfigs(ctx, names(specs)...)
	if err != nil {
		return nil, fmt.Errorf("describing topics: %w", err)
	}
	existing := topicConfigs{}
	for _, resource := range described {
		if errors.Is(resource.Err, kerr.UnknownTopicOrPartition) {
			continue
		}
		if resource.Err != nil {
			return nil, fmt.Errorf("describing topic %s: %w", resource.Name, resource.Err)
		}
		existing[resource.Name] = map[string]string{}
		for _, config := range resource.Configs {
			existing[resource.Name][config.Key] = config.MaybeValue()
		}
	}
	return existing, nil
}

// awaitTopics asks until every topic is known: a controller may answer before
// the brokers have heard of what it created.
func awaitTopics(ctx context.Context, admin *kadm.Client, specs []TopicSpec) (topicConfigs, kadm.TopicDetails, error) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		existing, err := describe(ctx, admin, specs)
		if err != nil {
			return nil, nil, err
		}
		missing := slices.DeleteFunc(names(specs), func(name string) bool { return existing[name] != nil })
		if len(missing) == 0 {
			known, err := admin.ListTopics(ctx, names(specs)...)
			if err != nil {
				return nil, nil, fmt.Errorf("listing topics: %w", err)
			}
			if missing = slices.DeleteFunc(names(specs), known.Has); len(missing) == 0 {
				return existing, known, nil
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("waiting for the brokers to know %s: %w", strings.Join(missing, ", "), ctx.Err())
		}
	}
}

// checked are the configs whose difference changes what a topic means.
var checked = []string{"cleanup.policy", "message.timestamp.type"}

// mismatch explains every way in which a topic is not as declared.
func mismatch(spec TopicSpec, partitions int, configs map[string]string) []error {
	var found []error
	if partitions != int(spec.Partitions) {
		found = append(found, fmt.Errorf(
			"topic %s has %d partitions and %d are declared: another count sends keys to other partitions, away from their state; declare %d, or migrate the topic",
			spec.Name, partitions, spec.Partitions, partitions))
	}
	for _, key := range checked {
		want, declared := spec.Configs[key]
		if declared && normal(want) != normal(configs[key]) {
			found = append(found, fmt.Errorf("topic %s has %s=%s and %s is declared; set it with kafka-configs, or declare what it has",
				spec.Name, key, configs[key], want))
		}
	}
	return found
}

// normal makes "delete, compact" and "compact,delete" equal.
func normal(value string) string {
	parts := strings.Split(value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}
