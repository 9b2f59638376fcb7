//go:build unix

package testenv

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
)

// SharedKafka returns a one-broker Kafka for tests that leave it running and use
// topics, groups and transactional ids of their own names: the one at
// MILLRACE_KAFKA, else one that is started once for this test process.
func SharedKafka(t testing.TB) *KafkaCluster {
	t.Helper()
	cluster, err := sharedKafka()
	check(t, "kafka", err)
	return cluster
}

var sharedKafka = sync.OnceValues(func() (*KafkaCluster, error) {
	if addrs := os.Getenv("MILLRACE_KAFKA"); addrs != "" {
		return &KafkaCluster{addrs: strings.Split(addrs, ",")}, nil
	}
	return StartKafka(context.Background(), KafkaOptions{})
})
