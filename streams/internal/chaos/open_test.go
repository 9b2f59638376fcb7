//go:build unix

package chaos

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
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
	if offsets, err := w.adm.ListTopicsWithInternal(ctx, "__consumer_offsets"); err == nil {
		topics.Merge(offsets.TopicsSet())
	}
	w.tellUnstable(ctx)
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

// tellUnstable logs which inputs have offsets that a transaction holds back.
func (w *world) tellUnstable(ctx context.Context) {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.RequireStable = true
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = w.app
	t := kmsg.NewOffsetFetchRequestGroupTopic()
	t.Topic = w.topics.in
	for p := range int32(partitions) {
		t.Partitions = append(t.Partitions, p)
	}
	if listed, err := w.adm.ListTopics(ctx, w.topics.in); err == nil {
		t.TopicID = listed[w.topics.in].ID
	}
	group.Topics = append(group.Topics, t)
	req.Groups = append(req.Groups, group)
	found := w.adm.FindGroupCoordinators(ctx, w.app)[w.app]
	resp, err := req.RequestWith(ctx, w.client.Broker(int(found.NodeID)))
	if err != nil {
		w.Logf("fetching offsets: %v", err)
		return
	}
	for _, g := range resp.Groups {
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				w.Logf("stable offset of %s/%d: %d, %v", w.topics.in, p.Partition, p.Offset, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	}
}
