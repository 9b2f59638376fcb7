package broker

import (
	"context"
	"sync"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// reader polls the inputs of active tasks. Only the goroutine in run changes
// what is read, between two polls: after a stop and a start, whatever a poll
// returns was fetched for the start.
type reader struct {
	client *kgo.Client
	log    zerolog.Logger
	// failed is told about a partition that cannot be read; run calls it.
	failed func(b *inbox, err error)

	mu       sync.Mutex
	commands []func()
	cancel   context.CancelFunc // of the poll under way

	feeds map[string]map[int32]*inbox // owned by run
}

func newReader(cl *kgo.Client, log zerolog.Logger, failed func(*inbox, error)) *reader {
	return &reader{client: cl, log: log, failed: failed, feeds: make(map[string]map[int32]*inbox)}
}

// start reads a task's inputs from the given offsets into b.
func (r *reader) start(b *inbox, from map[string]int64) {
	p := b.slot.task.Partition
	offsets := make(map[string]map[int32]kgo.Offset, len(from))
	for topic, next := range from {
		offsets[topic] = map[int32]kgo.Offset{p: kgo.NewOffset().At(next)}
	}
	r.post(func() {
		for topic := range offsets {
			if r.feeds[topic] == nil {
				r.feeds[topic] = make(map[int32]*inbox)
			}
			r.feeds[topic][p] = b
		}
		r.client.ResumeFetchPartitions(r.partitions(b))
		r.client.AddConsumePartitions(offsets)
	})
}

// stop ends what start began.
func (r *reader) stop(b *inbox) {
	r.post(func() {
		mine := r.partitions(b)
		r.client.RemoveConsumePartitions(mine)
		for topic, list := range mine {
			for _, p := range list {
				delete(r.feeds[topic], p)
			}
		}
	})
}

// resume reads on after push said that the inbox is full.
func (r *reader) resume(b *inbox) {
	r.post(func() { r.client.ResumeFetchPartitions(r.partitions(b)) })
}

// partitions lists what feeds b; it is empty after a stop.
func (r *reader) partitions(b *inbox) map[string][]int32 {
	mine := make(map[string][]int32)
	for topic, feeds := range r.feeds {
		for p, to := range feeds {
			if to == b {
				mine[topic] = append(mine[topic], p)
			}
		}
	}
	return mine
}

func (r *reader) post(command func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands = append(r.commands, command)
	if r.cancel != nil {
		r.cancel()
	}
}

// run polls until the client is closed.
func (r *reader) run() {
	for {
		ctx, commands := r.next()
		for _, command := range commands {
			command()
		}
		fetches := r.client.PollFetches(ctx)
		if fetches.IsClientClosed() {
			return
		}
		fetches.EachPartition(r.route)
	}
}

// next takes the commands and makes a context that the next one cancels.
func (r *reader) next() (context.Context, []func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		r.cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	commands := r.commands
	r.commands, r.cancel = nil, cancel
	return ctx, commands
}

func (r *reader) route(p kgo.FetchTopicPartition) {
	b := r.feeds[p.Topic][p.Partition]
	if b == nil {
		return
	}
	if len(p.Records) > 0 && b.push(p.Records) {
		r.client.PauseFetchPartitions(r.partitions(b))
	}
	if p.Err != nil {
		r.log.Warn().Err(p.Err).Str("topic", p.Topic).Int32("partition", p.Partition).Msg("reading input failed")
		r.failed(b, p.Err)
	}
}
