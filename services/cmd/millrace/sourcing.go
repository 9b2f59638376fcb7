package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order/sourcing"
)

func sourcingCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{Use: "sourcing", Short: "Try the rules by which nodes are chosen, and see why they were"}
	cmd.AddCommand(sourcingTestCommand(to), sourcingExplainCommand(to), sourcingReplayCommand(to))
	return cmd
}

// readRules reads a rule file.
func readRules(name string) (*sourcing.Rules, []sourcing.Example, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, usageError{err}
	}
	rules, examples, err := sourcing.Parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return rules, examples, nil
}

// tried is the answer of one example.
type tried struct {
	Example  string                 `json:"example"`
	Faults   []string               `json:"faults"`
	Decision event.SourcingDecision `json:"decision"`
}

func sourcingTestCommand(to *remote) *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "test RULES",
		Short: "Check a rule file by the examples in it",
		Long: "Reads a rule file, reports every fault in it, and decides each of its examples: an order in a small world, with\n" +
			"what must come out. Speaks to no server. Ends with an error when an example differs.",
		Example: "  millrace sourcing test rules.yaml\n  millrace sourcing test rules.yaml --verbose",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			rules, examples, err := readRules(args[0])
			if err != nil {
				return err
			}
			results, failed := make([]tried, len(examples)), 0
			for i := range examples {
				choice, faults, err := examples[i].Run(rules)
				if err != nil {
					return err
				}
				results[i] = tried{examples[i].Name, faults, choice.Record}
				if len(faults) > 0 {
					failed++
				}
			}
			if asJSON {
				err = printJSON(results)
			} else {
				err = printTried(results, verbose)
			}
			if failed > 0 {
				err = errors.Join(err, fmt.Errorf("%d of %d examples differ", failed, len(results)))
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "show each decision")
	return cmd
}

func printTried(results []tried, verbose bool) error {
	for i := range results {
		mark := "ok    "
		if len(results[i].Faults) > 0 {
			mark = "DIFFER"
		}
		fmt.Printf("%s  %s\n", mark, results[i].Example)
		for _, fault := range results[i].Faults {
			fmt.Printf("        %s\n", fault)
		}
		if verbose {
			if err := printDecision(&results[i].Decision); err != nil {
				return err
			}
		}
	}
	return nil
}

// explained is a decision that was made about an order.
type explained struct {
	At       time.Time              `json:"at"`
	Plan     int64                  `json:"plan"`
	Decision event.SourcingDecision `json:"decision"`
}

func sourcingExplainCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "explain ORDER",
		Short: "Say why an order ships from these nodes and from no others",
		Long: "Prints every decision about an order from its events order.sourced, those that stock refused among them: the rules,\n" +
			"what became of each node and why, and the plans with their costs, also by the rules that run in shadow.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			all := []explained{}
			query := url.Values{"key": {args[0]}, "since": {"earliest"}}
			if err := to.records(cmd.Context(), topic.OrderSourced, query, func(r *record) error {
				var decided event.OrderSourced
				err := r.into(&decided)
				all = append(all, explained{r.Timestamp, decided.Plan, decided.Decision})
				return err
			}); err != nil {
				return err
			}
			switch {
			case len(all) == 0:
				return fmt.Errorf("no decision about an order %s is kept; `millrace orders list` names orders", args[0])
			case asJSON:
				return printJSON(all)
			}
			for i := range all {
				fmt.Printf("%s  plan %d\n", all[i].At.Format(time.RFC3339), all[i].Plan)
				if err := printDecision(&all[i].Decision); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// printDecision prints a decision for people.
func printDecision(d *event.SourcingDecision) error {
	how := "all"
	if !d.Exhaustive {
		how = "a search among"
	}
	fmt.Printf("  rules %s, %s plans compared: %d\n", d.Rules, how, d.Considered)
	rows := [][]string{{"  NODE", "REASON", "DEARER BY", "DETAIL"}}
	for _, n := range d.Nodes {
		dearer := ""
		if n.DearerAmount != 0 {
			dearer = minor(n.DearerAmount, d.Currency)
		}
		rows = append(rows, []string{"  " + n.Node, string(n.Reason), dearer, n.Detail})
	}
	if err := printTable(rows...); err != nil {
		return err
	}
	rows = [][]string{{"  PLAN", "UNITS", "COST", "OF IT"}}
	for i := range d.Plans {
		rows = append(rows, planRow(strconv.Itoa(i+1), &d.Plans[i], d.Currency))
	}
	for i := range d.ShadowPlan {
		rows = append(rows, planRow("by "+d.ShadowRules, &d.ShadowPlan[i], d.Currency))
	}
	return printTable(rows...)
}

func planRow(name string, p *event.SourcedPlan, currency string) []string {
	var parts []string
	for _, parcel := range p.Parcels {
		part := fmt.Sprintf("%d from %s", parcel.Units, parcel.Node)
		if parcel.Lane != "" {
			part += " by " + parcel.Lane
		}
		for _, cost := range parcel.Costs {
			part += fmt.Sprintf(" %s %s", cost.Kind, minor(cost.Amount, currency))
		}
		parts = append(parts, part)
	}
	if p.SplitAmount != 0 {
		parts = append(parts, "split "+minor(p.SplitAmount, currency))
	}
	return []string{"  " + name, strconv.FormatInt(p.Units, 10), minor(p.Amount, currency), strings.Join(parts, "; ")}
}

// minor prints an amount of minor units with its currency.
func minor(amount int64, currency string) string {
	return strings.TrimSpace(gateway.FormatAmount(amount, currency) + " " + currency)
}
