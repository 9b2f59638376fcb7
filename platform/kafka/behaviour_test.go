package kafka_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The tests in this file hold the embedded broker to what the rest of Millrace
// relies on, so that a newer version of it cannot take that away unseen.

func TestTheBrokerHasTransactionsOfVersion2(t *testing.T) {
	client := connect(t, start(t, ""))
	request := kmsg.NewPtrApiVersionsRequest()
	request.Version = 4
	request.ClientSoftwareName, request.ClientSoftwareVersion = "millrace", "1"
	response, err := request.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	finalized := map[string]int16{}
	for _, feature := range response.FinalizedFeatures {
		finalized[feature.Name] = feature.MaxVersionLevel
	}
	if finalized["transaction.version"] < 2 {
		t.Errorf("want transaction.version 2, got %v", finalized)
	}
	for _, key := range response.ApiKeys {
		if key.ApiKey == kmsg.EndTxn.Int16() && key.MaxVersion < 5 {
			t.Errorf("want EndTxn version 5, got %d", key.MaxVersion)
		}
	}
}

func TestAStaticMemberReturnsToItsPartitions(t *testing.T) {
	broker := start(t, "")
	ensure(t, broker, events)
	member := func() (*kgo.Client, string) {
		client := connect(t, broker, kgo.ConsumerGroup("orders"), kgo.InstanceID("one"), kgo.ConsumeTopics(events.Name),
			kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.DisableAutoCommit())
		produce(t, client, events.Name, "k", "v")
		if err := client.PollFetches(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		id, _ := client.GroupMetadata()
		return client, id
	}
	first, firstID := member()
	groups, err := kadm.NewClient(first).DescribeGroups(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	group := groups["orders"]
	if group.State != "Stable" || len(group.Members) != 1 || group.Members[0].InstanceID == nil || *group.Members[0].InstanceID != "one" {
		t.Fatalf("got %+v", group)
	}
	first.Close() // a static member does not leave
	second, secondID := member()
	if firstID == secondID {
		t.Errorf("the new process must be a new member, got %s twice", firstID)
	}
	if groups, err = kadm.NewClient(second).DescribeGroups(t.Context(), "orders"); err != nil || len(groups["orders"].Members) != 1 {
		t.Errorf("want the one member replaced, got %+v %v", groups["orders"], err)
	}
}

func TestStableOffsetsWaitForTheTransaction(t *testing.T) {
	broker := start(t, "")
	ensure(t, broker, events)
	client := connect(t, broker, kgo.TransactionalID("writer"))
	begin := func(offset int64) {
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		produce(t, client, events.Name, "a", "1")
		commitInTransaction(t, client, offset)
	}
	end := func(how kgo.TransactionEndTry) {
		if err := client.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
		if got := stableOffset(t, client); got.ErrorCode != 0 || got.Offset != 7 {
			t.Errorf("want the committed offset 7, got %+v", got)
		}
	}
	begin(7)
	end(kgo.TryCommit)
	begin(9)
	if got := stableOffset(t, client); got.ErrorCode != kerr.UnstableOffsetCommit.Code {
		t.Errorf("while a transaction is open: want UNSTABLE_OFFSET_COMMIT, got %+v", got)
	}
	end(kgo.TryAbort)
}

// commitInTransaction adds the group's offset to the open transaction.
func commitInTransaction(t *testing.T, client *kgo.Client, offset int64) {
	t.Helper()
	id, epoch, err := client.ProducerID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request := kmsg.NewPtrTxnOffsetCommitRequest()
	request.TransactionalID, request.Group = "writer", "orders"
	request.ProducerID, request.ProducerEpoch, request.Generation = id, epoch, -1
	partition := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	partition.Offset = offset
	topic := kmsg.NewTxnOffsetCommitRequestTopic()
	topic.Topic, topic.TopicID = events.Name, topicID(t, client)
	topic.Partitions = []kmsg.TxnOffsetCommitRequestTopicPartition{partition}
	request.Topics = []kmsg.TxnOffsetCommitRequestTopic{topic}
	response, err := request.RequestWith(t.Context(), client)
	if err != nil || response.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatalf("committing in the transaction: %v %+v", err, response)
	}
}

// topicID is what newer versions of the requests name a topic by.
func topicID(t *testing.T, client *kgo.Client) [16]byte {
	t.Helper()
	topics, err := kadm.NewClient(client).ListTopics(t.Context(), events.Name)
	if err != nil {
		t.Fatal(err)
	}
	return topics[events.Name].ID
}

// stableOffset asks as a restoring task does: only for what no open
// transaction may still change.
func stableOffset(t *testing.T, client *kgo.Client) kmsg.OffsetFetchResponseGroupTopicPartition {
	t.Helper()
	request := kmsg.NewPtrOffsetFetchRequest()
	request.RequireStable = true
	group := kmsg.NewOffsetFetchRequestGroup()
	topic := kmsg.NewOffsetFetchRequestGroupTopic()
	topic.Topic, topic.TopicID, topic.Partitions = events.Name, topicID(t, client), []int32{0}
	group.Group, group.Topics = "orders", []kmsg.OffsetFetchRequestGroupTopic{topic}
	request.Groups = []kmsg.OffsetFetchRequestGroup{group}
	response, err := request.RequestWith(t.Context(), client)
	if err != nil || len(response.Groups) != 1 || len(response.Groups[0].Topics) != 1 {
		t.Fatalf("fetching offsets: %v %+v", err, response)
	}
	return response.Groups[0].Topics[0].Partitions[0]
}

func TestRetentionTrimsEventsAndSparesStates(t *testing.T) {
	const keep, records = 1 << 20, 40
	broker := start(t, "")
	bounded := events
	bounded.Configs = map[string]string{"retention.bytes": strconv.Itoa(keep)}
	ensure(t, broker, bounded, states)
	client := connect(t, broker, kgo.ProducerBatchCompression(kgo.NoCompression()))
	body := string(bytes.Repeat([]byte("x"), 100<<10))
	for i := range records {
		produce(t, client, events.Name, strconv.Itoa(i), body)
		produce(t, client, states.Name, strconv.Itoa(i), body)
	}
	broker.Trim()
	size, err := broker.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := size.Topics[events.Name]; got > keep || got < keep/2 {
		t.Errorf("events: want about %d bytes, got %d", keep, got)
	}
	if got := size.Topics[states.Name]; got < records*int64(len(body)) {
		t.Errorf("states: want all %d records, got %d bytes", records, got)
	}
	if size.Bytes != size.Topics[events.Name]+size.Topics[states.Name] {
		t.Errorf("the total must be the sum: %+v", size)
	}
}
