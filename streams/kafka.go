package streams

import "github.com/twmb/franz-go/pkg/kgo"

// KafkaOption is an option of the Kafka clients that an App makes: TLS, SASL, a
// dialer. What the runtime sets itself must not be set: group, offsets,
// isolation, acks, transactions.
type KafkaOption = kgo.Opt
