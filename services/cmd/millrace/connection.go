package main

import (
	"github.com/millrace/millrace/platform/config"
	"github.com/millrace/millrace/platform/kafka"
)

// connection are the settings of a command that speaks to a real Kafka.
type connection struct {
	brokers                []string
	tlsCA, tlsCert, tlsKey string
	sasl, user             string
	password               config.Secret
}

func (c *connection) declare(set *config.Set) {
	set.Strings(&c.brokers, "kafka", []string{"127.0.0.1:9092"}, "Addresses of some brokers, host:port.")
	set.String(&c.tlsCA, "tls.ca", "", "PEM file of the authorities that sign the brokers; none speaks without TLS, for the loopback only.")
	set.String(&c.tlsCert, "tls.cert", "", "PEM file of our certificate for mutual TLS.")
	set.String(&c.tlsKey, "tls.key", "", "PEM file of its key.")
	set.String(&c.sasl, "sasl.mechanism", "", "How to log in to Kafka.", "", "SCRAM-SHA-512", "SCRAM-SHA-256")
	set.String(&c.user, "sasl.user", "", "Kafka user.")
	set.Secret(&c.password, "sasl.password", "Password of the Kafka user, as file:/path.")
}

func (c *connection) kafka() kafka.Config {
	k := kafka.Config{Brokers: c.brokers, ClientID: "millrace"}
	if c.tlsCA != "" || c.tlsCert != "" {
		k.TLS = &kafka.TLS{CAFile: c.tlsCA, CertFile: c.tlsCert, KeyFile: c.tlsKey}
	}
	if c.sasl != "" {
		k.SASL = &kafka.SASL{Mechanism: c.sasl, User: c.user, PasswordFile: c.password.Path()}
	}
	return k
}
