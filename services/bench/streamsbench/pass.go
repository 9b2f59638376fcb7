package streamsbench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
)

// pass copies records from In to Out in transactions, one session a lane. It has
// no state to lose, and is the yardstick of what client and broker allow; it is
// no example of how to do it, since a session that is thrown out of its group
// may repeat records.
func (w Work) pass(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for n := range w.Lanes {
		group.Go(func() error { return w.passLane(ctx, n) })
	}
	return group.Wait()
}

func (w Work) passLane(ctx context.Context, n int) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(w.Brokers...), kgo.ConsumerGroup(w.App), kgo.ConsumeTopics(w.In),
		kgo.TransactionalID(fmt.Sprintf("%s-%d-%d", w.App, n, time.Now().UnixNano())),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(200_000), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
	)
	if err != nil {
		return fmt.Errorf("making session: %w", err)
	}
	defer session.Close()
	for ctx.Err() == nil {
		if err := w.passOnce(ctx, session); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// passOnce is one transaction: what comes within a commit interval.
func (w Work) passOnce(ctx context.Context, session *kgo.GroupTransactSession) error {
	first := session.PollFetches(ctx)
	if first.NumRecords() == 0 {
		return first.Err()
	}
	if err := session.Begin(); err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	window, cancel := context.WithTimeout(ctx, w.Commit)
	defer cancel()
	for fetches := first; ; fetches = session.PollFetches(window) {
		if err := fetches.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("polling: %w", err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			session.Produce(ctx, &kgo.Record{Topic: w.Out, Key: r.Key, Value: r.Value}, nil)
		})
		if window.Err() != nil {
			break
		}
	}
	if _, err := session.End(context.WithoutCancel(ctx), kgo.TryCommit); err != nil {
		return fmt.Errorf("ending transaction: %w", err)
	}
	return nil
}
