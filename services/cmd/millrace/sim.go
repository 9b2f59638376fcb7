package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/streams/sim"
	"github.com/millrace/millrace/streams/sim/tally"
)

// simulation is what `millrace sim` runs.
type simulation struct {
	first   uint64
	seeds   int
	minutes int
	week    bool
}

func simCommand(to *remote) *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run fleets of the stream runtime through kills, freezes, network cuts and Kafka's faults, in virtual time",
		Long: "Run fleets of the stream runtime through kills, freezes, network cuts and Kafka's faults, in virtual time,\n" +
			"and check that no input was lost, doubled or reordered. It needs a build with virtual time:\n" +
			"  go run -tags synctests ./services/cmd/millrace sim --seeds 100",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.OutOrStdout(), to.output) },
	}
	cmd.AddCommand(simBusinessCommand(to))
	cmd.Flags().Uint64Var(&s.first, "seed", 0, "first seed; what went wrong is told with its seed")
	cmd.Flags().IntVar(&s.seeds, "seeds", 20, "how many fleets, one a seed")
	cmd.Flags().IntVar(&s.minutes, "minutes", 2, "virtual time of each, without the end in which it settles")
	cmd.Flags().BoolVar(&s.week, "week", false, "one fleet over a week of virtual time")
	return cmd
}

func (s *simulation) shape() sim.Shape {
	if s.week {
		return sim.Week
	}
	return sim.Shape{Length: time.Duration(s.minutes) * time.Minute, Faults: 8 * s.minutes, Inputs: 250 * s.minutes}
}

func (s *simulation) run(out io.Writer, output string) error {
	if s.seeds < 1 || s.minutes < 1 {
		return usageError{errors.New("--seeds and --minutes are at least 1")}
	}
	if s.week {
		s.seeds = 1
	}
	shape := s.shape()
	progress := telemetry.NewProgress(os.Stderr, "simulating", "minutes", int64(s.seeds)*int64(shape.Length.Minutes()))
	defer progress.Close()
	var total sim.Report
	begun := time.Now()
	err := sim.Outside(func(t *testing.T) {
		for n := range s.seeds {
			program, before := tally.Program(), int64(n)*int64(shape.Length.Minutes())
			program.Progress = func(virtual time.Duration) { progress.Add(before + int64(virtual.Minutes()) - progress.Done()) }
			report, story := sim.Try(t, program, sim.Random(s.first+uint64(n), shape))
			if story != "" {
				t.Fail()
				fmt.Fprintln(os.Stderr, story)
			}
			total.Add(report)
		}
	})
	if total.Virtual == 0 {
		return fmt.Errorf("simulating: %w", err)
	}
	progress.Close()
	total.Wall = time.Since(begun)
	return errors.Join(printSimulation(out, output, s.seeds, total), err)
}

func printSimulation(out io.Writer, output string, fleets int, r sim.Report) error {
	if output == "json" {
		return json.NewEncoder(out).Encode(map[string]any{"fleets": fleets, "compression": compression(r), "report": r})
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "fleets\t%d\n", fleets)
	fmt.Fprintf(w, "virtual time\t%s\n", r.Virtual.Round(time.Second))
	fmt.Fprintf(w, "wall time\t%s, %d times faster\n", r.Wall.Round(time.Second), compression(r))
	fmt.Fprintf(w, "inputs\t%d\n", r.Inputs)
	fmt.Fprintf(w, "transactions\t%d, %d given up\n", r.Transactions, r.GivenUp)
	fmt.Fprintf(w, "committed records\t%d\n", r.Records)
	fmt.Fprintf(w, "calls of partners\t%d, for %d documents\n", r.Calls, r.Documents)
	fmt.Fprintln(w, "\nwhat it met\ttimes")
	for _, name := range slices.Sorted(maps.Keys(r.Met)) {
		fmt.Fprintf(w, "%s\t%d\n", name, r.Met[name])
	}
	fmt.Fprintf(w, "\nviolations\t%d\n", len(r.Violations))
	for _, v := range r.Violations {
		fmt.Fprintf(w, "  %s\n", v)
	}
	return w.Flush()
}

func compression(r sim.Report) int64 { return int64(r.Virtual / max(r.Wall, 1)) }
