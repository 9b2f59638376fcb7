//go:build unix

package testenv

import (
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// Admin is the user who may do everything on a cluster with users.
const Admin = "admin"

// Login returns the option with which a client is the given user; on a cluster
// without users it changes nothing.
func (c *KafkaCluster) Login(user string) kgo.Opt {
	if len(c.users) == 0 {
		return kgo.SASL()
	}
	return kgo.SASL(plain.Auth{User: user, Pass: c.users[user]}.AsMechanism())
}

// logins returns the lines of server.properties that make clients of the broker
// log in, none without users. Passwords cross the loopback in clear.
func logins(n node, users map[string]string) map[string]string {
	if len(users) == 0 {
		return nil
	}
	module := fmt.Sprintf("org.apache.kafka.common.security.plain.PlainLoginModule required username=%q password=%q", Admin, users[Admin])
	for _, name := range slices.Sorted(maps.Keys(users)) {
		module += fmt.Sprintf(" user_%s=%q", name, users[name])
	}
	return map[string]string{
		"listeners":                      fmt.Sprintf("CLIENT://%s,CONTROLLER://127.0.0.1:%d", n.addr(), n.quorum),
		"advertised.listeners":           "CLIENT://" + n.addr(),
		"listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
		"inter.broker.listener.name":     "CLIENT",

		"sasl.enabled.mechanisms":                     "PLAIN",
		"sasl.mechanism.inter.broker.protocol":        "PLAIN",
		"listener.name.client.plain.sasl.jaas.config": module + ";",
		"authorizer.class.name":                       "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":                                 "User:" + Admin + ";User:ANONYMOUS", // controllers have no name
		"allow.everyone.if.no.acl.found":              "false",
	}
}
