package streams_test

import (
	"strings"
	"testing"

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
