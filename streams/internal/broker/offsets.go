package broker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// committed is one committed offset of the group.
type committed struct {
	next int64  // -1: none
	by   writer // zero when it was not written by this runtime
}

// writer is what the metadata of each offset says: which process committed it,
// so that the next owner knows which transactions to end, and what the mark in
// the changelog says about the same input. The offset itself may be higher, by
// the markers behind the last record.
type writer struct {
	instance string
	lanes    int
	marked   int64 // -1: the mark does not have the input
	// transaction is the mark's counter, so that a changelog that was not read to
	// its end shows even when the transactions missed had no input. 0: unknown.
	transaction uint64
}

// metadataVersion leads the metadata; a reader ignores what it does not know.
const metadataVersion = "streams/1"

func (w writer) String() string {
	return fmt.Sprintf("%s %s %d %d %d", metadataVersion, w.instance, w.lanes, w.marked, w.transaction)
}

func readWriter(metadata *string) writer {
	if metadata == nil {
		return writer{}
	}
	fields := strings.Fields(*metadata)
	if len(fields) < 4 || fields[0] != metadataVersion {
		return writer{}
	}
	lanes, err := strconv.Atoi(fields[2])
	if err != nil || lanes < 0 || lanes > maxLanes {
		return writer{}
	}
	marked, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil {
		return writer{}
	}
	w := writer{instance: fields[1], lanes: lanes, marked: marked}
	if len(fields) > 4 { // earlier versions did not write it
		w.transaction, _ = strconv.ParseUint(fields[4], 10, 64)
	}
	return w
}

// maxLanes bounds what is believed about another process.
const maxLanes = 1024

// transactionalID is the id of a lane's producer.
func transactionalID(app, instance string, lane int) string {
	return fmt.Sprintf("%s-%s-%d", app, instance, lane)
}

// fetchOffsets reads the group's offsets of all inputs of the given tasks, by
// topic and partition. When stable, it waits for open transactions that sent
// offsets for them, but no longer than a live owner needs: one that dies meanwhile
// has to be fenced.
func fetchOffsets(ctx context.Context, cl *kgo.Client, o *Options, c cluster, partitions []int32, stable bool) (map[string]map[int32]committed, error) {
	for began := time.Now(); ; {
		offsets, err := fetchOffsetsOnce(ctx, cl, o, c, partitions, stable)
		if !errors.Is(err, kerr.UnstableOffsetCommit) {
			return offsets, err
		}
		if time.Since(began) > o.TransactionTimeout || sleep(ctx, 20*time.Millisecond) != nil {
			return nil, fmt.Errorf("waiting for an open transaction of another owner: %w", err)
		}
	}
}

func fetchOffsetsOnce(ctx context.Context, cl *kgo.Client, o *Options, c cluster, partitions []int32, stable bool) (map[string]map[int32]committed, error) {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.RequireStable = stable
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = o.Topology.App
	names := make(map[[16]byte]string)
	for _, topic := range o.inputs {
		t := kmsg.NewOffsetFetchRequestGroupTopic()
		t.Topic, t.TopicID, t.Partitions = topic, c.topicIDs[topic], partitions
		names[t.TopicID] = topic
		group.Topics = append(group.Topics, t)
	}
	req.Groups = append(req.Groups, group)
	coordinator, err := findCoordinator(ctx, cl, o.Topology.App)
	if err != nil {
		return nil, err
	}
	resp, err := req.RequestWith(ctx, coordinator)
	if err != nil {
		return nil, fmt.Errorf("fetching committed offsets of %s: %w", o.Topology.App, err)
	}
	return readOffsets(resp, names)
}

// findCoordinator asks the cluster for a group's coordinator, each time anew:
// the client would go on asking a remembered one that has died, since it forgets
// it only when the broker itself answers that it is no coordinator any more.
func findCoordinator(ctx context.Context, cl *kgo.Client, group string) (*kgo.Broker, error) {
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.CoordinatorKey, req.CoordinatorKeys = group, []string{group}
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, fmt.Errorf("finding coordinator of group %s: %w", group, err)
	}
	for _, c := range resp.Coordinators {
		if err = kerr.ErrorForCode(c.ErrorCode); err == nil {
			return cl.Broker(int(c.NodeID)), nil
		}
	}
	return nil, fmt.Errorf("finding coordinator of group %s: %w", group, errors.Join(err, errMissing(len(resp.Coordinators) > 0)))
}

func readOffsets(resp *kmsg.OffsetFetchResponse, names map[[16]byte]string) (map[string]map[int32]committed, error) {
	offsets := make(map[string]map[int32]committed)
	for _, g := range resp.Groups {
		if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
			return nil, fmt.Errorf("fetching committed offsets: %w", err)
		}
		for _, t := range g.Topics {
			topic := t.Topic
			if topic == "" {
				topic = names[t.TopicID]
			}
			offsets[topic] = make(map[int32]committed)
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, fmt.Errorf("fetching committed offset of %s/%d: %w", topic, p.Partition, err)
				}
				offsets[topic][p.Partition] = committed{next: p.Offset, by: readWriter(p.Metadata)}
			}
		}
	}
	return offsets, nil
}

// logRange is where a partition's log starts and ends. The end counts open
// transactions too.
type logRange struct{ start, end int64 }

// logRanges lists where the partition p of each topic starts and ends.
func logRanges(ctx context.Context, cl *kgo.Client, p int32, topics ...string) (map[string]logRange, error) {
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("listing start offsets: %w", err)
	}
	ends, err := adm.ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("listing end offsets: %w", err)
	}
	ranges := make(map[string]logRange)
	for _, topic := range topics {
		start, _ := starts.Lookup(topic, p)
		end, ok := ends.Lookup(topic, p)
		if err := errors.Join(start.Err, end.Err); err != nil || !ok {
			return nil, fmt.Errorf("listing offsets of %s/%d: %w", topic, p, errors.Join(err, errMissing(ok)))
		}
		ranges[topic] = logRange{start.Offset, end.Offset}
	}
	return ranges, nil
}

func errMissing(ok bool) error {
	if ok {
		return nil
	}
	return errors.New("the broker did not answer for it")
}
