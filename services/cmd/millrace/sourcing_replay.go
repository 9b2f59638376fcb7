package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/order/sourcing"
)

// sourcingReport compares rules over one history.
type sourcingReport struct {
	Since     string                `json:"since"`
	Shipped   int64                 `json:"orders_allocated"` // in truth
	Split     int64                 `json:"orders_split"`     // in truth
	Before    *sourcing.Outcome     `json:"before,omitempty"`
	After     *sourcing.Outcome     `json:"after"`
	Different []sourcing.Difference `json:"different,omitempty"`
}

func sourcingReplayCommand(to *remote) *cobra.Command {
	var rules, against, since string
	var list int
	cmd := &cobra.Command{
		Use:   "replay --rules NEW [--against NOW]",
		Short: "Run the orders of the last days through other rules, and compare",
		Long: "Reads orders, cancels and movements of stock from the server's topics and decides each order by the rules of the\n" +
			"file, on a ledger of its own: history's receipts and corrections, its own reservations and shipments. Nothing is\n" +
			"changed. Master data are those of now; stock at the beginning is that of now without the movements since. With\n" +
			"--against the same history runs through a second file, and orders that are sourced differently are listed.",
		Example: "  millrace sourcing replay --rules new.yaml --against rules.yaml --since 14d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			window, err := days(since)
			if err != nil {
				return usageError{fmt.Errorf("--since: %w", err)}
			}
			after, _, err := readRules(rules)
			if err != nil {
				return err
			}
			var h history
			if err := h.load(cmd.Context(), to, window); err != nil {
				return err
			}
			report := &sourcingReport{Since: window.String()}
			for _, nodes := range h.shipped {
				report.Shipped++
				if len(nodes) > 1 {
					report.Split++
				}
			}
			if report.After, err = after.Replay(&h.world, h.facts); err != nil {
				return err
			}
			if against != "" {
				before, _, err := readRules(against)
				if err != nil {
					return err
				}
				if report.Before, err = before.Replay(&h.world, h.facts); err != nil {
					return err
				}
				report.Different = report.After.Differences(report.Before)
			}
			if asJSON {
				return printJSON(report)
			}
			return printSourcing(report, after.Currency, list)
		},
	}
	cmd.Flags().StringVar(&rules, "rules", "", "file of the rules to try")
	cmd.Flags().StringVar(&against, "against", "", "file of the rules to compare with")
	cmd.Flags().StringVar(&since, "since", "14d", "how far back, such as 36h or 14d; topics keep events for 14 days")
	cmd.Flags().IntVar(&list, "list", 20, "how many orders that differ are listed")
	_ = cmd.MarkFlagRequired("rules") // the flag exists
	return cmd
}

// days reads a duration that may be given in days.
func days(text string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(text, "d"); ok {
		count, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q: want a duration such as 36h or 14d", text)
		}
		return time.Duration(count) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q: want a duration such as 36h or 14d", text)
	}
	return d, nil
}

func printSourcing(r *sourcingReport, currency string, list int) error {
	columns := []*sourcing.Outcome{r.After}
	header := []string{"", r.After.Rules}
	if r.Before != nil {
		columns = []*sourcing.Outcome{r.Before, r.After}
		header = []string{"", r.Before.Rules, r.After.Rules}
	}
	rows := [][]string{header}
	figure := func(name string, of func(*sourcing.Outcome) string) {
		row := []string{name}
		for _, o := range columns {
			row = append(row, of(o))
		}
		rows = append(rows, row)
	}
	count := func(name string, of func(*sourcing.Outcome) int64) {
		figure(name, func(o *sourcing.Outcome) string { return strconv.FormatInt(of(o), 10) })
	}
	count("orders", func(o *sourcing.Outcome) int64 { return o.Orders })
	count("  whole", func(o *sourcing.Outcome) int64 { return o.Whole })
	count("  in part", func(o *sourcing.Outcome) int64 { return o.Part })
	count("  not at all", func(o *sourcing.Outcome) int64 { return o.None })
	count("  cancelled", func(o *sourcing.Outcome) int64 { return o.Cancelled })
	count("units given", func(o *sourcing.Outcome) int64 { return o.Units })
	count("units short", func(o *sourcing.Outcome) int64 { return o.Short })
	count("parcels", func(o *sourcing.Outcome) int64 { return o.Parcels })
	count("orders split", func(o *sourcing.Outcome) int64 { return o.Split })
	figure("cost", func(o *sourcing.Outcome) string { return minor(o.Amount, currency) })
	figure("  margin within", func(o *sourcing.Outcome) string { return minor(o.Margin, currency) })
	figure("parcels late, expected", func(o *sourcing.Outcome) string { return strconv.FormatFloat(float64(o.LatePPM)/1e6, 'f', 1, 64) })
	if err := printTable(rows...); err != nil {
		return err
	}
	fmt.Printf("\nIn truth %d orders were allocated, %d of them split.\n", r.Shipped, r.Split)
	if r.Before == nil {
		return nil
	}
	fmt.Printf("%d orders are sourced differently.\n", len(r.Different))
	rows = [][]string{{"ORDER", r.Before.Rules, r.After.Rules}}
	for _, d := range r.Different[:min(list, len(r.Different))] {
		rows = append(rows, []string{d.OrderID, d.Before, d.After})
	}
	if len(rows) == 1 {
		return nil
	}
	return printTable(rows...)
}
