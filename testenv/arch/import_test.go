package arch

import (
	"slices"
	"strings"
	"testing"
)

const (
	kgo    = "github.com/twmb/franz-go"
	pebble = "github.com/cockroachdb/pebble"
	hamba  = "github.com/hamba/avro"
	twmb   = "github.com/twmb/avro"
)

// importRule forbids some imports to some files.
type importRule struct {
	name    string
	applies func(s source) bool
	forbids func(s source, imported string) bool
	reason  string
}

var importRules = []importRule{
	{
		name:    "schemas, platform and streams stand alone",
		applies: func(s source) bool { return within(s.dir, "schemas", "platform", "streams") },
		forbids: func(s source, imported string) bool {
			own, _, _ := strings.Cut(s.dir, "/")
			return slices.Contains(s.ours, imported) && !within(imported, own, "testenv")
		},
		reason: "these modules are the ground the others stand on; an import of ours would make a circle or carry business words into plumbing",
	},
	{
		name:    "connectors know no service",
		applies: func(s source) bool { return within(s.dir, "connectors") },
		forbids: func(_ source, imported string) bool { return within(imported, "services") },
		reason:  "a foreign system is attached through canonical events; calling a service would tie its release to ours",
	},
	{
		name:    "services rooms never import each other",
		applies: func(s source) bool { return room(s.dir) != "" },
		forbids: func(s source, imported string) bool {
			return room(imported) != "" && room(imported) != room(s.dir)
		},
		reason: "rooms meet in schemas; whoever needs another room's state consumes its topic",
	},
	{
		name:    "the gateway knows no room",
		applies: func(s source) bool { return within(s.dir, "services/gateway", "services/audit") },
		forbids: func(_ source, imported string) bool { return room(imported) != "" },
		reason:  "what all rooms share must not depend on one; the auditor decodes and folds by itself, or it would repeat the mistake it looks for",
	},
	{
		name:    "services rooms reach connectors through topics",
		applies: func(s source) bool { return room(s.dir) != "" && !s.test },
		forbids: func(_ source, imported string) bool { return within(imported, "connectors") },
		reason:  "a partner's words end at the connector; only cmd/millrace puts both into one process",
	},
	{
		name:    "only cmd/millrace wires",
		applies: func(s source) bool { return !within(s.dir, "services/cmd/millrace", "services/target") && !s.test },
		forbids: func(_ source, imported string) bool { return imported == "services/target" },
		reason:  "which target runs what is decided in one readable place",
	},
	{
		name: "only cmd/millrace knows the vendors",
		applies: func(s source) bool {
			return !within(s.dir, "services/cmd/millrace", "services/target", "connectors/catalog") && !s.test
		},
		forbids: func(_ source, imported string) bool { return imported == "connectors/catalog" },
		reason:  "everything else works for any vendor",
	},
	{
		name: "the Kafka client of the runtime stays in its broker package",
		applies: func(s source) bool {
			return within(s.dir, "streams") && !s.test && s.pkg != "main" && s.path != "streams/kafka.go" &&
				!within(s.dir, "streams/internal/broker", "streams/sim", "streams/streamstest", "streams/examples/internal/stage")
		},
		forbids: func(_ source, imported string) bool { return within(imported, kgo) },
		reason:  "exactly-once holds because one package alone polls, produces and commits; a second client would write outside the transaction. The stage of the examples may: it plays the systems around a program",
	},
	{
		name: "services and connectors leave Kafka to the runtime",
		applies: func(s source) bool {
			return within(s.dir, "services", "connectors") && !s.test && s.pkg != "main" && !within(s.dir, "services/bench")
		},
		forbids: func(_ source, imported string) bool { return within(imported, kgo+"/pkg/kgo") },
		reason:  "a record produced outside a transaction can be lost or doubled; write a topology, or use platform/kafka from a command",
	},
	{
		name:    "pure cores hold no store, client or server",
		applies: func(s source) bool { return pure(s.dir) && !s.test },
		forbids: func(_ source, imported string) bool {
			return within(imported, kgo, pebble, "net/http", "github.com/redis/go-redis")
		},
		reason: "a core decides and its shell acts; then the same input gives the same decision in a test, a replay and production",
	},
	{
		name: "Avro libraries stay in the codec",
		applies: func(s source) bool {
			return !within(s.dir, "schemas/codec", "schemas/compat", "schemas/internal/gen") && s.dir != "services/audit"
		},
		forbids: func(_ source, imported string) bool { return within(imported, hamba, twmb) },
		reason:  "one library writes and another reads, for safety; both can be exchanged as long as one package knows them. The auditor reads by itself",
	},
	{
		name:    "the generator's library does not read",
		applies: func(s source) bool { return within(s.dir, "schemas/compat") && !s.test },
		forbids: func(_ source, imported string) bool { return within(imported, hamba) },
		reason:  "its compatibility check accepts what readers cannot read",
	},
	{
		name:    "testenv serves tests and commands",
		applies: func(s source) bool { return !s.test && s.pkg != "main" && !within(s.dir, "testenv") },
		forbids: func(_ source, imported string) bool { return within(imported, "testenv") },
		reason:  "what starts and kills servers must not be part of the product",
	},
}

func TestImports(t *testing.T) {
	for _, rule := range importRules {
		t.Run(rule.name, func(t *testing.T) {
			for _, s := range sources(t) {
				if !rule.applies(s) {
					continue
				}
				for _, imported := range s.imports {
					if rule.forbids(s, imported) {
						t.Errorf("%s imports %s: %s", s.path, imported, rule.reason)
					}
				}
			}
		})
	}
}

// Each rule must catch its example, or a mistake in it would go unseen.
func TestImportRulesCatchWhatTheyForbid(t *testing.T) {
	examples := map[string]struct{ path, pkg, imported string }{
		"schemas, platform and streams stand alone":                   {"streams/task/task.go", "task", "schemas/topic"},
		"connectors know no service":                                  {"connectors/file/file.go", "file", "services/order"},
		"services rooms never import each other":                      {"services/order/orderstream/wiring.go", "orderstream", "services/stock"},
		"the gateway knows no room":                                   {"services/gateway/limit.go", "gateway", "services/order"},
		"services rooms reach connectors through topics":              {"services/order/machine.go", "order", "connectors/file"},
		"only cmd/millrace wires":                                     {"services/order/machine.go", "order", "services/target"},
		"only cmd/millrace knows the vendors":                         {"services/order/machine.go", "order", "connectors/catalog"},
		"the Kafka client of the runtime stays in its broker package": {"streams/txn/cycle.go", "txn", kgo + "/pkg/kgo"},
		"services and connectors leave Kafka to the runtime":          {"services/stock/stockstream/wiring.go", "stockstream", kgo + "/pkg/kgo"},
		"pure cores hold no store, client or server":                  {"services/order/machine.go", "order", pebble + "/v2"},
		"Avro libraries stay in the codec":                            {"services/order/machine.go", "order", hamba + "/v2"},
		"the generator's library does not read":                       {"schemas/compat/compat.go", "compat", hamba + "/v2"},
		"testenv serves tests and commands":                           {"platform/kafka/client.go", "kafka", "testenv"},
	}
	for _, rule := range importRules {
		example, ok := examples[rule.name]
		if !ok {
			t.Errorf("the rule %q has no example", rule.name)
			continue
		}
		imported := example.imported
		if !strings.Contains(imported, ".") {
			imported = module + imported
		}
		s := parse(t, example.path, []byte("package "+example.pkg+"\nimport _ \""+imported+"\"\n"))
		if !rule.applies(s) || !rule.forbids(s, s.imports[0]) {
			t.Errorf("the rule %q lets %s import %s", rule.name, example.path, example.imported)
		}
	}
}
