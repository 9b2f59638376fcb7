package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/assign"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// operator is the instance that positions set by hand are signed with.
const operator = "operator"

// ErrTaskIsLive is returned for a position whose task runs, or may run soon.
var ErrTaskIsLive = errors.New("task is live")

// Skip moves the position of one input of one task, as its group and its
// changelog have it.
type Skip struct {
	Brokers []string
	Client  []kgo.Opt

	App, Topic string
	Partition  int32
	// To is the offset of the next record to handle.
	To int64
}

// Run moves the position in one transaction and returns where it was; -1 is
// nowhere. It refuses with ErrTaskIsLive while a member of the group runs the
// task, and to positions that the input does not have.
func (s Skip) Run(ctx context.Context) (before int64, err error) {
	o := Options{Topology: &task.Topology{App: s.App, Entities: []*task.Entity{{}}, Inputs: []*task.Input{{Topic: s.Topic}}}, Brokers: s.Brokers, Client: s.Client, Instance: operator}
	o = o.withDefaults()
	cl, err := o.newReader("skip")
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	k := &skipping{Skip: s, opts: &o, client: cl, tail: newTail(cl, o.Logger)}
	go k.tail.run() // until the client is closed
	if before, err = k.run(ctx); err != nil {
		return 0, fmt.Errorf("moving %s of %s/%d to %d: %w", s.App, s.Topic, s.Partition, s.To, err)
	}
	return before, nil
}

type skipping struct {
	Skip
	opts   *Options
	client *kgo.Client
	tail   *tail
	ids    map[string][16]byte
}

func (s *skipping) run(ctx context.Context) (before int64, err error) {
	if err := s.check(ctx); err != nil {
		return 0, err
	}
	if err := s.idle(ctx); err != nil {
		return 0, err
	}
	offsets, err := fetchOffsets(ctx, s.client, s.opts, cluster{topicIDs: s.ids}, []int32{s.Partition}, true)
	if err != nil {
		return 0, err
	}
	mark, err := s.mark(ctx)
	if err != nil {
		return 0, err
	}
	before = offsets[s.Topic][s.Partition].next
	if at := marked(s.Topic, mark.Positions); before < 0 {
		before = at
	}
	return before, s.commit(ctx, mark)
}

// check requires that the input has the position.
func (s *skipping) check(ctx context.Context) error {
	changelogTopic := s.opts.Topology.ChangelogTopic()
	meta, err := kadm.NewClient(s.client).Metadata(ctx, s.Topic, changelogTopic)
	if err != nil {
		return fmt.Errorf("describing topics: %w", err)
	}
	s.ids = make(map[string][16]byte)
	for _, topic := range []string{s.Topic, changelogTopic} {
		d := meta.Topics[topic]
		if d.Err != nil {
			return fmt.Errorf("describing topic %s: %w", topic, d.Err)
		}
		if int(s.Partition) >= len(d.Partitions) || s.Partition < 0 {
			return fmt.Errorf("topic %s has %d partitions", topic, len(d.Partitions))
		}
		s.ids[topic] = d.ID
	}
	ranges, err := logRanges(ctx, s.client, s.Partition, s.Topic)
	if err != nil {
		return err
	}
	if at := ranges[s.Topic]; s.To < at.start || s.To > at.end {
		return fmt.Errorf("the input has offsets %d to %d", at.start, at.end)
	}
	return nil
}

// idle requires that no member runs the task: nobody has it, or who has it told
// the group that it is stopped.
func (s *skipping) idle(ctx context.Context) error {
	groups, err := kadm.NewClient(s.client).DescribeGroups(ctx, s.App)
	if err == nil {
		err = groups[s.App].Err
	}
	if err != nil {
		return fmt.Errorf("describing group: %w", err)
	}
	switch g := groups[s.App]; g.State {
	case "Empty", "Dead":
		return nil
	case "Stable":
		for _, m := range g.Members {
			if err := s.idleAt(m); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("%w: the group is in a rebalance (%s); try again", ErrTaskIsLive, g.State)
	}
}

func (s *skipping) idleAt(m kadm.DescribedGroupMember) error {
	assigned, ok := m.Assigned.AsConsumer()
	if !ok {
		return fmt.Errorf("%w: member %s does not say what it has", ErrTaskIsLive, m.MemberID)
	}
	for _, t := range assigned.Topics {
		if t.Topic != s.Topic || !slices.Contains(t.Partitions, s.Partition) {
			continue
		}
		var data assign.MemberData
		var err error
		if joined, ok := m.Join.AsConsumer(); ok {
			data, err = assign.DecodeMember(joined.UserData)
		}
		if err != nil || !slices.Contains(data.Stopped, s.Partition) {
			return fmt.Errorf("%w: instance %s at %s runs it; stop that process first, for longer than its session", ErrTaskIsLive, data.Instance, m.ClientHost)
		}
	}
	return nil
}

// mark reads the task's newest mark. It is near the changelog's end, since every
// transaction writes one.
func (s *skipping) mark(ctx context.Context) (changelog.Mark, error) {
	topic := s.opts.Topology.ChangelogTopic()
	ranges, err := logRanges(ctx, s.client, s.Partition, topic)
	if err != nil {
		return changelog.Mark{}, err
	}
	at := ranges[topic]
	for back := int64(1000); ; back *= 8 {
		from := max(at.start, at.end-back)
		mark, found, err := s.lastMark(ctx, topic, logRange{from, at.end})
		if err != nil || found || from == at.start {
			return mark, err
		}
	}
}

func (s *skipping) lastMark(ctx context.Context, topic string, within logRange) (mark changelog.Mark, found bool, err error) {
	if within.start >= within.end {
		return mark, false, nil
	}
	ended := make(chan error, 1)
	defer s.tail.follow(&follower{
		topic: topic, partition: s.Partition, from: within.start, end: within.end,
		reached: func(err error) { ended <- err },
		apply: func(records []*kgo.Record, _ int64) error {
			for _, r := range records {
				if string(r.Key) != string(changelog.MarkKey) {
					continue
				}
				if mark, err = changelog.ReadMark(r.Value); err != nil {
					return err
				}
				found = true
			}
			return nil
		},
	})()
	select {
	case err := <-ended:
		return mark, found, err
	case <-ctx.Done():
		return mark, false, context.Cause(ctx)
	}
}

// commit writes mark and offset in one transaction, and looks once more whether
// the task is idle before it ends it: who activates the task from here on waits
// for the offset, and who did before is seen.
func (s *skipping) commit(ctx context.Context, mark changelog.Mark) error {
	id := fmt.Sprintf("%s-%s-%d", s.App, operator, s.Partition)
	producer, err := s.opts.newProducer(id)
	if err != nil {
		return err
	}
	defer producer.Close()
	if err := producer.BeginTransaction(); err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	row := &kgo.Record{Topic: s.opts.Topology.ChangelogTopic(), Partition: s.Partition, Key: changelog.MarkKey, Value: s.moved(mark)}
	if err := producer.ProduceSync(ctx, row).FirstErr(); err != nil {
		return fmt.Errorf("producing mark: %w", err)
	}
	if err := s.sendOffset(ctx, producer, id); err != nil {
		return err
	}
	if err := s.idle(ctx); err != nil {
		return errors.Join(err, producer.EndTransaction(ctx, kgo.TryAbort))
	}
	if err := producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("committing, look whether the position has moved: %w", err)
	}
	return nil
}

// moved is the mark with the new position.
func (s *skipping) moved(mark changelog.Mark) []byte {
	mark.Instance = operator
	mark.Transaction++
	to := changelog.Position{Topic: s.Topic, TopicID: s.ids[s.Topic], Next: s.To}
	mark.Positions = slices.DeleteFunc(mark.Positions, func(p changelog.Position) bool { return p.Topic == s.Topic })
	mark.Positions = append(mark.Positions, to)
	return mark.Append(nil)
}

func (s *skipping) sendOffset(ctx context.Context, producer *kgo.Client, id string) error {
	pid, epoch, err := producer.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("getting a producer id: %w", err)
	}
	metadata := writer{instance: operator, marked: s.To}.String()
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch, req.Generation = id, s.App, pid, epoch, -1
	t := kmsg.NewTxnOffsetCommitRequestTopic()
	t.Topic, t.TopicID = s.Topic, s.ids[s.Topic]
	p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset, p.Metadata = s.Partition, s.To, &metadata
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, producer)
	if err == nil {
		err = firstError(resp)
	}
	if err != nil {
		return fmt.Errorf("sending offset: %w", err)
	}
	return nil
}
