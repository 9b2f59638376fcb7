package kafka_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/millrace/millrace/platform/kafka"
)

func TestEnsureTopicsCreatesOnceAndExplainsMismatches(t *testing.T) {
	broker := start(t, "")
	admin := kadm.NewClient(connect(t, broker))
	declared := []kafka.TopicSpec{
		{Name: "command", Partitions: 4, Replication: -1, Configs: map[string]string{"message.timestamp.type": "LogAppendTime"}},
		{Name: "state", Partitions: 4, Replication: -1, Configs: map[string]string{"cleanup.policy": "compact,delete"}},
	}
	for range 2 {
		if err := kafka.EnsureTopics(t.Context(), admin, declared); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		spec kafka.TopicSpec
		want string // "" means it fits
	}{
		"another count":          {kafka.TopicSpec{Name: "state", Partitions: 12}, "has 4 partitions and 12 are declared"},
		"another cleanup":        {kafka.TopicSpec{Name: "state", Partitions: 4, Configs: map[string]string{"cleanup.policy": "compact"}}, "cleanup.policy=compact,delete"},
		"another order of words": {kafka.TopicSpec{Name: "state", Partitions: 4, Configs: map[string]string{"cleanup.policy": "delete, compact"}}, ""},
		"another clock":          {kafka.TopicSpec{Name: "command", Partitions: 4, Configs: map[string]string{"message.timestamp.type": "CreateTime"}}, "message.timestamp.type=LogAppendTime"},
		"an unchecked config":    {kafka.TopicSpec{Name: "command", Partitions: 4, Configs: map[string]string{"retention.ms": "5"}}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := kafka.EnsureTopics(t.Context(), admin, []kafka.TopicSpec{c.spec})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}

func TestEnsureTopicsReportsEverythingTogether(t *testing.T) {
	broker := start(t, "")
	ensure(t, broker, kafka.TopicSpec{Name: "a", Partitions: 1, Replication: -1}, kafka.TopicSpec{Name: "b", Partitions: 1, Replication: -1})
	err := kafka.EnsureTopics(t.Context(), kadm.NewClient(connect(t, broker)),
		[]kafka.TopicSpec{{Name: "a", Partitions: 2}, {Name: "b", Partitions: 3}})
	if err == nil || !strings.Contains(err.Error(), "topic a") || !strings.Contains(err.Error(), "topic b") {
		t.Errorf("want both topics named, got %v", err)
	}
}

func TestBoundEventsSparesCompactedTopics(t *testing.T) {
	declared := []kafka.TopicSpec{events, states}
	bounded := kafka.BoundEvents(declared, 64<<20)
	if got := bounded[0].Configs["retention.bytes"]; got != "67108864" {
		t.Errorf("event topic: got %q", got)
	}
	if got, set := bounded[1].Configs["retention.bytes"]; set {
		t.Errorf("compacted topic: got %q", got)
	}
	if declared[0].Configs != nil {
		t.Error("what was declared must not change")
	}
}
