//go:build unix

package chaos

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// tellOpen logs, when the test has failed, which transactions the brokers still
// have open, by what their coordinators and the partitions' leaders know: where
// the two differ, the broker has lost one of them.
func (w *world) tellOpen() {
	if !w.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	listed, err := w.adm.ListTransactions(ctx, nil, nil)
	if err != nil {
		w.Logf("listing transactions: %v", err)
	}
	described, err := w.adm.DescribeTransactions(ctx, listed.TransactionalIDs()...)
	if err != nil {
		w.Logf("describing transactions: %v", err)
	}
	described.Each(func(d kadm.DescribedTransaction) {
		w.Logf("%s is %s as producer %d, epoch %d, since %s, with %v", d.TxnID, d.State, d.ProducerID, d.ProducerEpoch,
			time.UnixMilli(d.StartTimestamp).UTC().Format(time.RFC3339Nano), d.Topics.IntoList())
	})
	var topics kadm.TopicsSet
	for _, topic := range []string{w.topics.in, w.topics.out, w.topics.rung, w.topics.answered, w.topics.changelog} {
		for p := range int32(partitions) {
			topics.Add(topic, p)
		}
	}
	producers, err := w.adm.DescribeProducers(ctx, topics)
	if err != nil {
		w.Logf("describing producers: %v", err)
	}
	producers.EachProducer(func(d kadm.DescribedProducer) {
		if d.CurrentTxnStartOffset >= 0 {
			w.Logf("%s/%d has a transaction of producer %d, epoch %d, open since offset %d, last produced to at %s", d.Topic, d.Partition,
				d.ProducerID, d.ProducerEpoch, d.CurrentTxnStartOffset, time.UnixMilli(d.LastTimestamp).UTC().Format(time.RFC3339Nano))
		}
	})
}
