package sim

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ownTransactions is the transactional id of the inputs that the fleet aborts.
const ownTransactions = "fleet"

// clientOptions are those of the fleet's own clients, which make the inputs and
// read what came of them.
func (f *fleet) clientOptions() []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(f.brokers.addrs...), kgo.Dialer(f.network.link().DialContext), kgo.ClientID("fleet"),
		kgo.DisableClientMetrics(), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
	}
}

// send produces inputs, and waits until the brokers have them: they are what
// the oracle starts from.
func (f *fleet) send(n int) error {
	f.trace.add("", "sends %d", n)
	records := f.records(f.inputs, n)
	f.sent += n
	if err := f.client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		return fmt.Errorf("sending inputs: %w", err)
	}
	return nil
}

// sendAborted produces inputs that nobody may read.
func (f *fleet) sendAborted(n int) error {
	f.count(string(SendAborted))
	ctx := context.Background()
	cl, err := kgo.NewClient(append(f.clientOptions(), kgo.TransactionalID(ownTransactions))...)
	if err != nil {
		return fmt.Errorf("making a client for aborted inputs: %w", err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		return fmt.Errorf("beginning a transaction of inputs: %w", err)
	}
	if err := cl.ProduceSync(ctx, f.records(f.chance(), n)...).FirstErr(); err != nil {
		return fmt.Errorf("sending inputs to be aborted: %w", err)
	}
	if err := cl.EndTransaction(ctx, kgo.TryAbort); err != nil {
		return fmt.Errorf("aborting inputs: %w", err)
	}
	return nil
}

func (f *fleet) records(r *rand.Rand, n int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		in := f.program.Input(r, f.sent+i)
		records[i] = &kgo.Record{Topic: in.Topic, Key: []byte(in.Key), Value: in.Value}
		for k, v := range in.Headers {
			records[i].Headers = append(records[i].Headers, kgo.RecordHeader{Key: k, Value: []byte(v)})
		}
	}
	return records
}
