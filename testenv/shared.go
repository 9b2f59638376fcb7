//go:build unix

package testenv

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
)

// SharedKafka returns the broker addresses of a one-broker Kafka for tests that
// use topics, groups and transactional ids of their own names: the one at
// MILLRACE_TEST_KAFKA, else one that is started once for this test process. Only its
// addresses are given out, because nobody may stop what others use.
func SharedKafka(t testing.TB) []string {
	t.Helper()
	need(t, "kafka")
	addr, err := sharedKafka()
	check(t, "kafka", err)
	return strings.Split(addr, ",")
}

// SharedRegistry returns the URL of a schema registry for tests that use
// subjects of their own names: the one at MILLRACE_TEST_REGISTRY, else one that is
// started once for this test process.
func SharedRegistry(t testing.TB) string {
	t.Helper()
	need(t, "registry")
	url, err := sharedRegistry()
	check(t, "registry", err)
	return url
}

// SharedRedis returns host:port of a Redis for tests that use keys of their own
// prefix: the one at MILLRACE_TEST_REDIS, else one that is started once for this test
// process.
func SharedRedis(t testing.TB) string {
	t.Helper()
	need(t, "redis")
	addr, err := sharedRedis()
	check(t, "redis", err)
	return addr
}

var (
	sharedKafka = shared("MILLRACE_TEST_KAFKA", func(ctx context.Context) (*KafkaCluster, error) {
		return StartKafka(ctx, KafkaOptions{})
	}, (*KafkaCluster).Addr)
	sharedRegistry = shared("MILLRACE_TEST_REGISTRY", StartRegistry, (*RegistryServer).URL)
	sharedRedis    = shared("MILLRACE_TEST_REDIS", StartRedis, (*RedisServer).Addr)
)

// shared returns a function that gives the address in the variable key, or else
// starts a server at its first call and gives the address of that.
func shared[S any](key string, start func(context.Context) (S, error), addr func(S) string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		if given := os.Getenv(key); given != "" {
			return given, nil
		}
		server, err := start(context.Background())
		if err != nil {
			return "", err
		}
		return addr(server), nil
	})
}
