package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// tombstoneLife is the changelog's delete.retention.ms: a copy older than that
// may have missed deletions and must be filled from the start.
const tombstoneLife = 72 * time.Hour

// cluster is what the topology's topics look like on the broker.
type cluster struct {
	id         string
	partitions int32
	topicIDs   map[string][16]byte
	// tombstones is for how long a partitioned table keeps deletions, by topic.
	tombstones map[string]time.Duration
}

// setUp checks the broker and the topics, and makes the internal ones.
func setUp(ctx context.Context, cl *kgo.Client, o *Options) (cluster, error) {
	if err := checkTransactions(ctx, cl); err != nil {
		return cluster{}, err
	}
	if err := checkAccess(ctx, cl, o); err != nil {
		return cluster{}, err
	}
	adm := kadm.NewClient(cl)
	partitions, err := inputPartitions(ctx, adm, o)
	if err != nil {
		return cluster{}, err
	}
	if err := createInternal(ctx, adm, o, partitions); err != nil {
		return cluster{}, err
	}
	c, err := describe(ctx, adm, o, partitions)
	if err != nil {
		return cluster{}, err
	}
	c.tombstones, err = checkPartitioned(ctx, adm, o, partitions)
	return c, err
}

// checkTransactions refuses brokers whose transactions a delayed request of an
// earlier one can end (before transaction.version 2).
func checkTransactions(ctx context.Context, cl *kgo.Client) error {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "millrace", "1"
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return fmt.Errorf("asking broker for its versions: %w", err)
	}
	for _, f := range resp.FinalizedFeatures {
		if f.Name == "transaction.version" && f.MaxVersionLevel >= 2 {
			return nil
		}
	}
	return errors.New("the cluster's transaction.version is below 2: upgrade brokers to 4.0 and run kafka-features.sh upgrade --feature transaction.version=2")
}

// inputPartitions returns how many partitions each input has.
func inputPartitions(ctx context.Context, adm *kadm.Client, o *Options) (int32, error) {
	var names []string
	for _, topic := range o.inputs {
		if !o.Topology.Internal(topic) {
			names = append(names, topic)
		}
	}
	if len(names) == 0 {
		return o.Partitions, nil
	}
	details, err := adm.ListTopics(ctx, names...)
	if err != nil {
		return 0, fmt.Errorf("describing inputs: %w", err)
	}
	var first kadm.TopicDetail
	for _, name := range names {
		d := details[name]
		switch {
		case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
			return 0, fmt.Errorf("input topic %s does not exist: create it with as many partitions as the other inputs of %s", name, o.Topology.App)
		case d.Err != nil:
			return 0, fmt.Errorf("describing input %s: %w", name, d.Err)
		case first.Topic == "":
			first = d
		case len(d.Partitions) != len(first.Partitions):
			return 0, fmt.Errorf("inputs %s and %s have %d and %d partitions: an entity's inputs need the same number; recreate one of them",
				first.Topic, name, len(first.Partitions), len(d.Partitions))
		}
	}
	return int32(len(first.Partitions)), nil
}

// createInternal makes the topics that are missing and checks those that exist.
func createInternal(ctx context.Context, adm *kadm.Client, o *Options, partitions int32) error {
	t := o.Topology
	changelog := map[string]*string{
		"cleanup.policy":            kadm.StringPtr("compact"),
		"message.timestamp.type":    kadm.StringPtr("LogAppendTime"),
		"delete.retention.ms":       kadm.StringPtr(strconv.FormatInt(tombstoneLife.Milliseconds(), 10)),
		"segment.bytes":             kadm.StringPtr(strconv.Itoa(128 << 20)),
		"segment.ms":                kadm.StringPtr(strconv.FormatInt((6 * time.Hour).Milliseconds(), 10)),
		"min.cleanable.dirty.ratio": kadm.StringPtr("0.3"),
	}
	topics := map[string]map[string]*string{t.ChangelogTopic(): changelog, t.RedriveTopic(): nil, t.DeadLetterTopic(): nil}
	for topic := range t.Repartitions {
		topics[topic] = untilHandled
	}
	for topic, configs := range topics {
		if _, err := adm.CreateTopic(ctx, partitions, o.Replication, configs, topic); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("creating topic %s: %w", topic, denied(err, t.App))
		}
	}
	return checkCompacted(ctx, adm, t.ChangelogTopic())
}

func checkCompacted(ctx context.Context, adm *kadm.Client, topic string) error {
	configs, err := adm.DescribeTopicConfigs(ctx, topic)
	if err == nil {
		_, err = configs.On(topic, nil)
	}
	if err != nil {
		return fmt.Errorf("describing topic %s: %w", topic, err)
	}
	rc, _ := configs.On(topic, nil)
	for _, c := range rc.Configs {
		if c.Key == "cleanup.policy" && strings.TrimSpace(c.MaybeValue()) != "compact" {
			return fmt.Errorf("topic %s has cleanup.policy=%s, so it loses rows: set it to compact, or delete the topic if nothing was written yet",
				topic, c.MaybeValue())
		}
	}
	return nil
}

// describe reads the ids of all topics that rows and positions refer to, and
// checks that the internal ones fit the inputs.
func describe(ctx context.Context, adm *kadm.Client, o *Options, partitions int32) (cluster, error) {
	t := o.Topology
	names := append([]string{t.ChangelogTopic(), t.RedriveTopic(), t.DeadLetterTopic()}, o.inputs...) // repartitions are inputs
	slices.Sort(names)
	names = slices.Compact(names)
	// Without this the client would answer from what it heard before the topics
	// were made, for 5 s.
	anew := kadm.WithAuthorizedOps(ctx)
	for {
		meta, err := adm.Metadata(anew, names...)
		if err != nil {
			return cluster{}, fmt.Errorf("describing topics of %s: %w", t.App, err)
		}
		c := cluster{id: meta.Cluster, partitions: partitions, topicIDs: make(map[string][16]byte)}
		for _, name := range names {
			if d := meta.Topics[name]; d.Err == nil && len(d.Partitions) > 0 {
				c.topicIDs[name] = d.ID
				if name != t.DeadLetterTopic() && len(d.Partitions) != int(partitions) {
					return cluster{}, fmt.Errorf("topic %s has %d partitions but the inputs of %s have %d: rows and keys would not meet; recreate it, or move to new topics",
						name, len(d.Partitions), t.App, partitions)
				}
			}
		}
		if len(c.topicIDs) == len(names) {
			return c, nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil { // the new topics are not known to every broker yet
			return cluster{}, fmt.Errorf("waiting for topics of %s: %w", t.App, err)
		}
	}
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// tableLogs is a table's topic.
type tableLogs struct {
	id   [16]byte
	logs map[int32]logRange
}

// describeTable lists the partitions of a table. Their end is that of committed
// records: an open transaction of somebody else must not hold the start up.
func describeTable(ctx context.Context, cl *kgo.Client, topic string) (tableLogs, error) {
	adm := kadm.NewClient(cl)
	topics, err := adm.ListTopics(ctx, topic)
	if err == nil {
		err = topics[topic].Err
	}
	if err != nil {
		return tableLogs{}, fmt.Errorf("describing table %s: %w", topic, err)
	}
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err != nil {
		return tableLogs{}, fmt.Errorf("listing start of table %s: %w", topic, err)
	}
	ends, err := adm.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return tableLogs{}, fmt.Errorf("listing end of table %s: %w", topic, err)
	}
	t := tableLogs{id: topics[topic].ID, logs: make(map[int32]logRange)}
	for p := range topics[topic].Partitions {
		start, _ := starts.Lookup(topic, p)
		end, ok := ends.Lookup(topic, p)
		if err := errors.Join(start.Err, end.Err, errMissing(ok)); err != nil {
			return tableLogs{}, fmt.Errorf("listing offsets of table %s/%d: %w", topic, p, err)
		}
		t.logs[p] = logRange{start.Offset, end.Offset}
	}
	return t, nil
}
