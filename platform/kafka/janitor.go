package kafka

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	tendEvery = 5 * time.Second
	// A folder is compacted when it has grown by half and by this many bytes
	// since the last time, so that the work stays a small share of writing.
	growthFloor = 32 << 20
	// The broker answers nobody while it compacts, about 10 ms a MiB. Above this
	// size it waits for a turn in which little was written, unless the folder has
	// become a burden to open.
	pauseLimit  = 48 << 20
	quietGrowth = 1 << 20
	burdenLimit = 6 << 30
)

// tend keeps the folder small until ctx ends: trimming by each topic's own
// retention at every turn, compacting after enough growth.
func (e *Embedded) tend(ctx context.Context) {
	turn := time.NewTicker(tendEvery)
	defer turn.Stop()
	var base int64   // bytes after the last compaction
	var before int64 // bytes at the turn before
	for {
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
		e.Trim()
		size, err := e.Size(ctx)
		if err != nil {
			continue
		}
		quiet := size.Bytes-before < quietGrowth
		before = size.Bytes
		if size.Bytes < base+max(base/2, growthFloor) || !mayPause(size.Bytes, quiet) {
			continue
		}
		switch compacted, err := e.Compact(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.config.Log.Warn().Err(err).Msg("compacting embedded Kafka")
		case compacted:
			if size, err = e.Size(ctx); err == nil {
				base = size.Bytes
			}
		}
	}
}

// mayPause says whether a folder of so many bytes may be compacted now.
func mayPause(bytes int64, quiet bool) bool {
	return quiet || bytes < pauseLimit || bytes > burdenLimit
}

// Trim removes what each topic's retention.ms and retention.bytes no longer
// keep. It happens by itself every few seconds.
func (e *Embedded) Trim() { e.cluster.ApplyRetention() }

// Compact keeps only the last record of each key in compacted topics, if it
// meets a moment in which no transaction is open, and reports whether it did.
//
// The moment is found inside the broker, which handles one request at a time.
// Observers count every request that may open a transaction. Then the broker
// is asked for open transactions, and when there are none, asked once more: an
// observer of that second question sees whether anything was counted since,
// and compacts before the broker handles anything else. The broker answers
// nobody meanwhile, for about a second per 100 MiB of compacted topics.
func (e *Embedded) Compact(ctx context.Context) (bool, error) {
	watch := &quietWatch{}
	defer watch.over.Store(true)
	for _, key := range opening {
		e.cluster.ControlKey(int16(key), e.observer(watch, func(request kmsg.Request) {
			if opensTransaction(request) {
				watch.opened.Store(true)
			}
		}))
	}
	open, err := e.openTransactions(ctx)
	if err != nil || open > 0 {
		return false, err
	}
	outcome := make(chan error, 1)
	e.cluster.ControlKey(int16(kmsg.ListTransactions), e.observer(watch, func(kmsg.Request) {
		if !watch.opened.Load() && len(outcome) == 0 {
			outcome <- e.compactLinked()
		}
	}))
	if _, err := e.openTransactions(ctx); err != nil {
		return false, err
	}
	select {
	case err := <-outcome:
		return err == nil, err
	default:
		return false, nil
	}
}

// quietWatch is one attempt to find a moment without transactions.
type quietWatch struct {
	opened atomic.Bool // a request that may open a transaction was handled
	over   atomic.Bool // the attempt has ended; its observers remove themselves
}

// opening are the requests that can open a transaction: by name, or since
// transactions of version 2 by just producing.
var opening = []kmsg.Key{kmsg.Produce, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit}

func opensTransaction(request kmsg.Request) bool {
	produce, isProduce := request.(*kmsg.ProduceRequest)
	return !isProduce || produce.TransactionID != nil
}

// observer lets see handle nothing but see every request of an attempt, and
// drops itself at the first request after it.
func (e *Embedded) observer(watch *quietWatch, see func(kmsg.Request)) func(kmsg.Request) (kmsg.Response, error, bool) {
	return func(request kmsg.Request) (kmsg.Response, error, bool) {
		if watch.over.Load() {
			e.cluster.DropControl()
		} else {
			see(request)
		}
		return nil, nil, false
	}
}

// openTransactions counts the transactions that are neither committed nor
// aborted.
func (e *Embedded) openTransactions(ctx context.Context) (int, error) {
	listed, err := e.admin.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		return 0, fmt.Errorf("listing open transactions of embedded Kafka: %w", err)
	}
	return len(listed), nil
}

// compactLinked compacts behind a second set of links to the folder's files.
func (e *Embedded) compactLinked() error {
	if e.config.Ephemeral {
		e.cluster.Compact()
		return nil
	}
	if err := linkPartitions(e.config.DataDir); err != nil {
		return err
	}
	e.cluster.Compact()
	return dropLinks(e.config.DataDir)
}
