//go:build unix

// Package testenv starts the real neighbours of Millrace for its tests: Apache
// Kafka with one or three brokers, a Confluent-compatible schema registry and
// Redis, each on loopback, on free ports, with state of its own. A test may
// stop, kill, freeze and restart them, and cut or slow its connections.
//
//	cluster := testenv.Kafka(t, testenv.KafkaOptions{Brokers: 3})
//	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addrs()...))
//	...
//	cluster.KillBroker(2)
//
// Servers run in containers where a Docker engine answers, else from packages
// (Maven, apt-get) that are installed once into a cache folder. They end with
// the test that started them, and with the test process at the latest.
//
// What a machine cannot run is skipped with a line that says what to install.
// These variables change that:
//
//	MILLRACE_REQUIRE        names (kafka,registry,redis,python,data,mount) whose absence fails a test
//	MILLRACE_SKIPS          a file that gets one line for each skipped test
//	MILLRACE_CACHE          folder for installed servers and state; else the user's cache
//	MILLRACE_DOCKER         "off" never uses Docker
//	MILLRACE_TEST_DATA      folder of real data; see Data
//	MILLRACE_TEST_KAFKA     addresses of a running Kafka for SharedKafka, comma-separated
//	MILLRACE_TEST_REGISTRY  URL of a running registry for SharedRegistry
//	MILLRACE_TEST_REDIS     host:port of a running Redis for SharedRedis
//
// The package is imported by tests and commands only.
package testenv
