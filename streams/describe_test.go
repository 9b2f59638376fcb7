package streams_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
)

func TestMermaidDrawsWhoWritesForWhom(t *testing.T) {
	events := streams.Topic[int]{Name: "events.v1", Value: streams.JSON[int]()}
	sums := streams.Topic[int]{Name: "sums.v1", Value: streams.JSON[int]()}
	other := streams.Topic[int]{Name: "other.v1", Value: streams.JSON[int]()}
	nothing := func(streams.Ctx, *int, streams.Input) error { return nil }

	writer := streams.NewTopology("writer")
	source := streams.NewEntity(writer, "source", streams.JSON[int](), nothing, streams.WithSeed[int]("k", "start"))
	streams.Send(source, events)
	streams.Send(source, other)

	adder := streams.NewTopology("adder")
	sum := streams.NewEntity(adder, "sum", streams.JSON[int](), nothing)
	streams.NewChildren(sum, "part", streams.JSON[int]())
	streams.Receive(sum, events)
	streams.SendLatest(sum, sums)
	streams.Calls(sum, streams.Destination[int, int]{Name: "bank.accounts", Call: nil})

	shower := streams.NewTopology("shower")
	streams.NewTable(shower, sums)

	got := streams.Mermaid(func(topic string) string { return strings.TrimSuffix(topic, ".v1") }, writer.Describe(), adder.Describe(), shower.Describe())
	want := `flowchart LR
  writer["WRITER"]
  adder["ADDER"]
  shower["SHOWER"]
  adder -.->|"sums"| shower
  writer -->|"events"| adder
  writer -->|"other"| out(["subscribers"])
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := adder.Spec(); err == nil || !strings.Contains(err.Error(), "bank.accounts") {
		t.Errorf("a destination without a Call is accepted: %v", err)
	}
}

// warehouse is a topology with one of everything that is described.
func warehouse() []streams.Description {
	scans := streams.Topic[int]{Name: "scan.v1", Value: streams.JSON[int]()}
	places := streams.Topic[int]{Name: "place.v1", Value: streams.JSON[int]()}
	hours := streams.Topic[int]{Name: "hour.v1", Value: streams.JSON[int]()}
	names := streams.Topic[int]{Name: "name.v1", Value: streams.JSON[int]()}

	t := streams.NewTopology("warehouse")
	byItem := streams.Repartition(t, "by-item", streams.JSON[int]())
	toHours := streams.Repartition(t, "to-hours", streams.JSON[int]())
	streams.NewTable(t, names)
	streams.NewPartitionedTable(t, places)
	rekey := streams.NewProcessor(t, "rekey", scans, func(streams.Ctx, streams.Record[int]) error { return nil })
	streams.Send(rekey, byItem)
	streams.Send(rekey, toHours)
	item := streams.NewEntity(t, "item", streams.JSON[int](), func(streams.Ctx, *int, streams.Input) error { return nil })
	streams.NewChildren(item, "move", streams.JSON[int]())
	streams.Receive(item, byItem)
	streams.SendLatest(item, places)
	streams.Calls(item, streams.Destination[int, int]{Name: "robot.north", Call: func(context.Context, int) (int, error) { return 0, nil }})
	item.RetireChildren("photo")
	t.Retire("shelf")
	hourly := streams.NewWindow(t, "hourly", streams.Window[int, int]{
		Input: toHours, Size: time.Hour, Advance: 15 * time.Minute, Grace: time.Minute, State: streams.JSON[int](),
		Add: func(streams.Ctx, streams.Interval, *int, streams.Record[int]) error { return nil },
	})
	streams.Send(hourly, hours)

	shower := streams.NewTopology("shower")
	streams.NewTable(shower, places)
	return []streams.Description{t.Describe(), shower.Describe()}
}

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func TestDescriptionsAreStable(t *testing.T) {
	all := warehouse()
	label := func(topic string) string { return strings.TrimSuffix(topic, ".v1") }
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"topology.json": string(data) + "\n", "topology.mermaid": streams.Mermaid(label, all...), "topology.dot": streams.DOT(label, all...),
	} {
		file := filepath.Join("testdata", name)
		if *rewrite {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != got {
			t.Errorf("%s (%v): run with -rewrite if this is meant:\n%s", file, err, got)
		}
	}
}
