package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/cmd/millrace/internal/business"
)

func simBusinessCommand(to *remote) *cobra.Command {
	var plan business.Plan
	var hours int
	cmd := &cobra.Command{
		Use:   "business",
		Short: "Play a week of the business between all rooms and partners with books of their own, in virtual time",
		Long: "Play a week of the business between all rooms, connectors and partners with books of their own, in virtual\n" +
			"time: buyers who prepay, buy on account, change their orders, cancel and order twice; nodes that count every\n" +
			"hour, are closed at the weekend, away for a day and ship something twice; a supplier that sells to others,\n" +
			"too, and refuses what is gone; an ERP that is away for hours; answers that are lost, late and repeated.\n" +
			"Compare the books of all while it runs, and exit with 1 when anything does not hold.",
		Example: "  millrace sim business --orders 50000 --seed 1\n  millrace sim business --orders 2000 --hours 24",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if plan.Orders < 1 || plan.Items < 1 || hours < 6 {
				return usageError{errors.New("--orders and --items are at least 1, --hours at least 6")}
			}
			plan.Span = time.Duration(hours) * time.Hour
			return playBusiness(cmd.OutOrStdout(), to.output, plan)
		},
	}
	cmd.Flags().IntVar(&plan.Orders, "orders", 50_000, "orders that buyers place")
	cmd.Flags().IntVar(&plan.Items, "items", 200, "items that are sold")
	cmd.Flags().IntVar(&hours, "hours", 168, "virtual time in which orders come, without the end in which it settles")
	cmd.Flags().Uint64Var(&plan.Seed, "seed", 1, "of all that happens, and of its order")
	cmd.Flags().Float64Var(&plan.Abort, "abort", 0.01, "share of transactions that are aborted and done again")
	cmd.Flags().Float64Var(&plan.Crash, "crash", 0.0005, "share of transactions after which a task is restored")
	cmd.Flags().Float64Var(&plan.Faults, "faults", 0.02, "share of calls to partners that fail before or after the work")
	cmd.Flags().StringVar(&plan.Trace, "trace", "", "id of an order whose history is told")
	return cmd
}

func playBusiness(out io.Writer, output string, plan business.Plan) error {
	progress := telemetry.NewProgress(os.Stderr, "playing", "hours", int64(plan.Span.Hours()))
	defer progress.Close()
	plan.Progress = func(virtual time.Duration, _ int) { progress.Add(int64(virtual.Hours()) - progress.Done()) }
	report, err := business.Play(plan)
	if err != nil {
		return err
	}
	progress.Close()
	if err := printBusiness(out, output, report); err != nil {
		return err
	}
	if n := len(report.Violations); n > 0 {
		return fmt.Errorf("playing the week of seed %d: %d things do not hold; see the violations", plan.Seed, n)
	}
	return nil
}

func printBusiness(out io.Writer, output string, r *business.Report) error {
	if output == "json" {
		return json.NewEncoder(out).Encode(r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "virtual time\t%s\nreal time\t%s\n", r.Virtual.Round(time.Minute), r.Real.Round(time.Second))
	printCounts(w, "orders by end", r.Orders)
	fmt.Fprintln(w, "\nbooks of\taccount\ttheirs\tours")
	for _, l := range append(r.Units, r.Money...) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Partner, l.Account, l.Theirs, l.Ours)
	}
	fmt.Fprintf(w, "comparisons of a position with its node\t%d\n", r.Compared)
	fmt.Fprintln(w, "\ndifferences\tput in\tfound\tlongest until found")
	for _, d := range r.Drift {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", d.Class, d.Put, d.Found, d.Longest.Round(time.Second))
	}
	printCounts(w, "holds", r.Holds)
	printCounts(w, "what orders waited for", r.Waits)
	printCounts(w, "alerts", r.Alerts)
	printCounts(w, "what it met", r.Met)
	printViolations(w, r)
	if r.History != "" {
		fmt.Fprintf(w, "\nhistory\n%s", r.History)
	}
	return w.Flush()
}

// examples is how many violations of one rule are printed.
const examples = 5

func printViolations(w io.Writer, r *business.Report) {
	fmt.Fprintf(w, "\nviolations\t%d\n", len(r.Violations))
	rules, of := r.ByRule()
	for _, rule := range rules {
		fmt.Fprintf(w, "%s\t%d\t%s\n", rule, len(of[rule]), cmp.Or(audit.Invariant(rule).Meaning(), "all books of the week agree"))
	}
	for _, rule := range rules {
		fmt.Fprintf(w, "\nexamples of %s\n", rule)
		for _, v := range of[rule][:min(len(of[rule]), examples)] {
			fmt.Fprintf(w, "  %s\n", v.Text)
		}
	}
}

func printCounts(w io.Writer, title string, counts map[string]int64) {
	fmt.Fprintf(w, "\n%s\n", title)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "%s\t%d\n", name, counts[name])
	}
}
