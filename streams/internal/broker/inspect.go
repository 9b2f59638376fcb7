package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// inspect looks at the cluster until the runtime ends. What cannot be asked now
// is asked again.
func (r *Runtime) inspect() {
	for sleep(r.ctx, r.opts.Inspect) == nil {
		ctx, cancel := context.WithTimeout(r.ctx, r.opts.TransactionTimeout)
		r.resumeMoved(ctx)
		err := r.checkInputs(ctx)
		r.measure(ctx)
		cancel()
		if isStop(err) {
			r.haltAll(err)
		}
	}
}

// checkInputs compares the inputs with what they were at the start. An input
// that was made anew or got more partitions is a stopError: the positions that
// are kept, or the rows of its keys, would be another's.
func (r *Runtime) checkInputs(ctx context.Context) error {
	meta, err := kadm.NewClient(r.tail.client).Metadata(ctx, r.opts.inputs...)
	if err != nil {
		return fmt.Errorf("describing inputs: %w", err)
	}
	for _, topic := range r.opts.inputs {
		d := meta.Topics[topic]
		switch {
		case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
			return fmt.Errorf("input topic %s does not exist any more: its task waits; a topic made anew is not taken for it", topic)
		case d.Err != nil:
			return fmt.Errorf("describing input %s: %w", topic, d.Err)
		case d.ID != r.cluster.topicIDs[topic]:
			return stop(errRecreated(topic, r.opts.Topology.App))
		case len(d.Partitions) != int(r.cluster.partitions):
			return stop(fmt.Errorf("input %s has %d partitions, at the start it had %d: keys go to other partitions now than their states are in; move to new topics with %d partitions, and copy what was written since",
				topic, len(d.Partitions), r.cluster.partitions, len(d.Partitions)))
		}
	}
	return nil
}

func errRecreated(topic, app string) error {
	return fmt.Errorf("input %s was deleted and made anew: its offsets are not those that were handled; to handle the new topic from its start, run `millrace streams skip --topology %s --topic %s --partition P --to 0` for each partition",
		topic, app, topic)
}

// haltAll stops every task of this process.
func (r *Runtime) haltAll(err error) {
	r.mu.Lock()
	slots := r.all()
	r.mu.Unlock()
	for _, s := range slots {
		r.haltSoon(s, err)
	}
}

// haltSoon stops a task that a lane has, as soon as the lane looks. One that is
// being restored looks at its inputs by itself.
func (r *Runtime) haltSoon(s *slot, err error) {
	r.mu.Lock()
	l := s.lane
	running := s.phase == active
	r.mu.Unlock()
	if !running {
		return
	}
	l.post(func() {
		if l.has(s) {
			l.remove(s)
			r.halt(s, err)
		}
	})
}

// stopped implements tasks.
func (r *Runtime) stopped() []int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []int32
	for _, s := range r.all() {
		if s.phase == stopped {
			list = append(list, s.task.Partition)
		}
	}
	return list
}

// resumeMoved lets stopped tasks go on whose position an operator has moved since.
func (r *Runtime) resumeMoved(ctx context.Context) {
	r.mu.Lock()
	waiting := slices.DeleteFunc(r.all(), func(s *slot) bool { return s.phase != stopped })
	r.mu.Unlock()
	if len(waiting) == 0 {
		return
	}
	var partitions []int32
	for _, s := range waiting {
		partitions = append(partitions, s.task.Partition)
	}
	offsets, err := fetchOffsets(ctx, r.tail.client, &r.opts, r.cluster, partitions, false)
	if err != nil {
		r.log.Warn().Err(err).Msg("looking for moved positions failed, trying again")
		return
	}
	for _, s := range waiting {
		moved := false
		for topic, byPartition := range offsets {
			c := byPartition[s.task.Partition]
			moved = moved || c.by.instance == operator && c.next != s.asked[topic]
		}
		if moved {
			r.resume(s)
		}
	}
}

// resume restores a stopped task, unless it left meanwhile.
func (r *Runtime) resume(s *slot) {
	r.mu.Lock()
	again := s.phase == stopped && r.slots[s.task.Partition] == s
	r.mu.Unlock()
	if again {
		r.log.Info().Int32("partition", s.task.Partition).Msg("the position of a stopped task was moved, it goes on")
		r.reactivate([]*slot{s})
		r.member.rejoin() // it is not stopped any more
	}
}
