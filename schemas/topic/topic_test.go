package topic_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/avro"
	"github.com/millrace/millrace/schemas/topic"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func TestEveryTopicHasItsSchema(t *testing.T) {
	for _, d := range topic.All() {
		text, err := d.Schema()
		if err != nil {
			t.Error(err)
			continue
		}
		var record struct{ Name, Namespace string }
		if err := json.Unmarshal(text, &record); err != nil {
			t.Errorf("%s: %v", d.File(), err)
		}
		if got := record.Namespace + "." + record.Name; got != d.Record {
			t.Errorf("topic %s says its record is %s, its file %s holds %s", d.Name, d.Record, d.File(), got)
		}
	}
}

func TestEverySchemaHasItsTopic(t *testing.T) {
	files := map[string]bool{}
	for _, d := range topic.All() {
		files[d.File()] = true
	}
	err := fs.WalkDir(avro.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasPrefix(path, "state/") && !files[path] {
			t.Errorf("no topic uses %s: add it to the table, or move the schema of an entity's rows to state/", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTopicsAreWholeAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range topic.All() {
		if seen[d.Name] {
			t.Errorf("%s stands in the table twice", d.Name)
		}
		seen[d.Name] = true
		if !strings.HasPrefix(d.Name, d.Domain+".") || !strings.HasSuffix(d.Name, ".v1") {
			t.Errorf("%s is not named <domain>.<event>.v1", d.Name)
		}
		if d.Key == "" || d.Partitioning == "" || d.Owner == "" || d.Doc == "" || d.LatencyTarget <= 0 || d.Lifecycle == "" {
			t.Errorf("%s has an empty field: %+v", d.Name, d)
		}
		if (d.Kind == topic.Compacted) != (d.Retention == 0) {
			t.Errorf("%s: only compacted topics are kept without limit", d.Name)
		}
		if got, ok := topic.Find(d.Name); !ok || got != d {
			t.Errorf("Find(%s) = %+v, %t", d.Name, got, ok)
		}
	}
	if _, ok := topic.Find("order.submit"); ok {
		t.Error("a name without its version was found")
	}
}

func TestConfigsFollowTheKind(t *testing.T) {
	for _, c := range []struct {
		def  topic.Def
		want map[string]string
	}{
		{topic.OrderSubmit, map[string]string{"cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime", "retention.ms": "259200000"}},
		{topic.OrderAccepted, map[string]string{"cleanup.policy": "delete", "message.timestamp.type": "CreateTime", "retention.ms": "1209600000"}},
		{topic.PartnerInbound, map[string]string{"cleanup.policy": "delete", "message.timestamp.type": "CreateTime", "retention.ms": "7776000000"}},
		{topic.Party, map[string]string{"cleanup.policy": "compact", "message.timestamp.type": "CreateTime", "max.compaction.lag.ms": "86400000"}},
		{topic.OrderState, map[string]string{"cleanup.policy": "compact", "message.timestamp.type": "CreateTime"}},
	} {
		if got := topic.Configs(c.def); !maps.Equal(got, c.want) {
			t.Errorf("Configs(%s) = %v, want %v", c.def.Name, got, c.want)
		}
	}
}

func TestBoundedConfigsNeverDropRowsOfCompactedTopics(t *testing.T) {
	if got := topic.BoundedConfigs(topic.OrderSubmit, 64<<20)["retention.bytes"]; got != "67108864" {
		t.Errorf("retention.bytes of a command topic = %q, want 67108864", got)
	}
	if got, ok := topic.BoundedConfigs(topic.OrderState, 64<<20)["retention.bytes"]; ok {
		t.Errorf("a compacted topic has retention.bytes %s", got)
	}
}

func TestLatencyTargetsOfTheOrderPathAreAtMostASecond(t *testing.T) {
	for _, d := range topic.All() {
		if (d.Domain == "order" || d.Domain == "inventory" || d.Domain == "shipment") && d.LatencyTarget > time.Second {
			t.Errorf("%s targets %s", d.Name, d.LatencyTarget)
		}
	}
}

func TestKeysNeverChange(t *testing.T) {
	const file = "testdata/keys.txt"
	var now strings.Builder
	for _, d := range topic.All() {
		fmt.Fprintf(&now, "%s\t%s\t%s\t%s\n", d.Name, d.Key, d.Partitioning, d.Kind)
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(before)) {
		if !strings.Contains(now.String(), line) {
			t.Errorf("changed or gone: %sa key moves records between partitions and breaks their order; make a new major version of the topic", line)
		}
	}
	if lines := strings.Count(string(before), "\n"); lines != len(topic.All()) {
		t.Errorf("%s has %d topics of %d: run this test with -rewrite after adding one", file, lines, len(topic.All()))
	}
}
