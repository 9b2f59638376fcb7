package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fence ends whatever a transactional id has open and bars its producer. When it
// returns nil, no transaction of the id is open anywhere.
//
// That takes more than a new producer id, since a broker may have forgotten to end
// the last one, see mend. What the coordinator decided it tells only until it gives
// the new producer id, so everything is mended before: a fence that fails on its
// way, or whose process dies, can be repeated.
func fence(ctx context.Context, cl *kgo.Client, o *Options, log zerolog.Logger, id string) error {
	for {
		last, err := decidedTransaction(ctx, cl, id)
		if err != nil {
			return fmt.Errorf("asking for the transaction of %s: %w", id, err)
		}
		if last.State != "" && last.State != ongoingState {
			if err := mend(ctx, cl, o, log, last, everywhere); err != nil {
				return err
			}
		}
		// One that is Ongoing is aborted for this, but no id is given yet.
		err = initProducer(ctx, cl, o, id)
		if err != nil && !errors.Is(err, kerr.ConcurrentTransactions) {
			return fmt.Errorf("ending transactions of %s: %w", id, err)
		}
		if err == nil && last.State != ongoingState {
			return nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("ending transactions of %s: it is still %s: %w", id, last.State, err)
		}
	}
}

// States of a transaction in which its coordinator is still at work on it.
const (
	ongoingState = "Ongoing"
	preparing    = "Prepare" // leads the names of all states of one that is being ended
)

// decidedTransaction waits until the coordinator has done with the transaction that
// it is ending, if it is ending one.
func decidedTransaction(ctx context.Context, cl *kgo.Client, id string) (kadm.DescribedTransaction, error) {
	for {
		last, err := lastTransaction(ctx, cl, id)
		if err != nil || !strings.HasPrefix(last.State, preparing) {
			return last, err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return last, fmt.Errorf("it is still %s: %w", last.State, err)
		}
	}
}

// lastTransaction is what the coordinator knows of an id; State is empty when it
// never heard of it.
func lastTransaction(ctx context.Context, cl *kgo.Client, id string) (kadm.DescribedTransaction, error) {
	described, err := kadm.NewClient(cl).DescribeTransactions(ctx, id)
	if err != nil {
		return kadm.DescribedTransaction{}, err
	}
	last := described[id]
	if errors.Is(last.Err, kerr.TransactionalIDNotFound) {
		return kadm.DescribedTransaction{}, nil
	}
	return last, last.Err
}

// initProducer asks for a new producer id once. The error is
// kerr.ConcurrentTransactions while the coordinator ends what is open under the id.
func initProducer(ctx context.Context, cl *kgo.Client, o *Options, id string) error {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.TransactionalID = &id
	req.TransactionTimeoutMillis = int32(o.TransactionTimeout.Milliseconds())
	req.ProducerID, req.ProducerEpoch = -1, -1
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}
