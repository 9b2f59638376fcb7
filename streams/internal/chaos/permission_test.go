//go:build unix

package chaos

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/testenv"
)

// right is what an instance must be allowed, and the words in which it says that
// it is not.
type right struct {
	kind  kmsg.ACLResourceType
	name  string // a prefix
	ops   []kadm.ACLOperation
	words []string
}

// rights are all that the model needs, by what for.
func (g *ground) rights() map[string]right {
	topic, read, write := kmsg.ACLResourceTypeTopic, []kadm.ACLOperation{kadm.OpRead}, []kadm.ACLOperation{kadm.OpWrite}
	return map[string]right{
		"to read its input":     {topic, g.names.in, read, []string{"--operation Read", "--topic " + g.names.in}},
		"to write an output":    {topic, g.names.out, write, []string{"--operation Write", "--topic " + g.names.out}},
		"to write another one":  {topic, g.names.rung, write, []string{"--operation Write", "--topic " + g.names.rung}},
		"to write a third one":  {topic, g.names.answered, write, []string{"--operation Write", "--topic " + g.names.answered}},
		"to join its group":     {kmsg.ACLResourceTypeGroup, g.app, read, []string{"--operation Read", "--group " + g.app}},
		"to have transactions":  {kmsg.ACLResourceTypeTransactionalId, g.app + "-", write, []string{"--operation Write", "--transactional-id " + g.app + "-"}},
		"to use its own topics": {topic, g.app + ".", []kadm.ACLOperation{kadm.OpCreate, kadm.OpRead, kadm.OpWrite, kadm.OpDescribeConfigs}, []string{"--operation Create", "--topic " + g.app + "."}},
	}
}

func (g *ground) allow(user string, r right) {
	g.Helper()
	b := kadm.NewACLs().Allow("User:" + user).AllowHosts("*").Operations(r.ops...).ResourcePatternType(kadm.ACLPatternPrefixed)
	switch r.kind {
	case kmsg.ACLResourceTypeTopic:
		b = b.Topics(r.name)
	case kmsg.ACLResourceTypeGroup:
		b = b.Groups(r.name)
	default:
		b = b.TransactionalIDs(r.name)
	}
	results, err := g.adm.CreateACLs(g.Context(), b)
	for _, result := range results {
		err = errors.Join(err, result.Err)
	}
	if err != nil {
		g.Fatal(err)
	}
}

// effective waits until the broker goes by the ACLs that were added: it learns of
// them in their order.
func (g *ground) effective(user string, login kgo.Opt) {
	g.Helper()
	last := "last-" + g.app
	g.create(1, nil, last)
	g.allow(user, right{kind: kmsg.ACLResourceTypeTopic, name: last, ops: []kadm.ACLOperation{kadm.OpDescribe}})
	cl, err := kgo.NewClient(login, kgo.SeedBrokers(g.addrs...))
	if err != nil {
		g.Fatal(err)
	}
	defer cl.Close()
	eventually(g, 20*time.Second, func() error {
		listed, err := kadm.NewClient(cl).ListTopics(g.Context(), last)
		return errors.Join(err, listed.Error())
	})
}

// A missing permission is named with the ACL to add, whichever it is: an instance
// that waits in silence for what it may not use would look healthy.
func TestMissingPermissionsAreNamed(t *testing.T) {
	cluster := testenv.Kafka(t, testenv.KafkaOptions{Users: map[string]string{testenv.Admin: "admin-secret", "app": "app-secret"}})
	for missing := range (&ground{}).rights() {
		t.Run(missing, func(t *testing.T) {
			g := newGround(t, cluster.Addrs(), cluster.Login(testenv.Admin))
			g.create(4, nil, g.names.in, g.names.out, g.names.rung, g.names.answered)
			for what, r := range g.rights() {
				if what != missing {
					g.allow("app", r)
				}
			}
			g.effective("app", cluster.Login("app"))
			g.refused(g.options(cluster.Login("app")), newModel(g.app, ""), g.rights()[missing].words...)
		})
	}
}
