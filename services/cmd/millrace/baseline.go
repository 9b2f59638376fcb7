package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock/stockhttp"
)

func baselineCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{Use: "baseline", Short: "Look at what sources count, and decide about what is held"}
	cmd.AddCommand(baselineShowCommand(to), baselineDecideCommand(to, true), baselineDecideCommand(to, false))
	return cmd
}

func baselineShowCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:     "show [SOURCE BATCH]",
		Short:   "List baselines, newest first, or show one with its worst rows",
		Example: "  millrace baseline show\n  millrace baseline show north 2026-01-05",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return usageError{fmt.Errorf("want no arguments, or a source and a batch, got %q", args)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			if len(args) == 2 {
				var b stockhttp.Baseline
				if err := to.get(cmd.Context(), baselinePath(args), &b); err != nil {
					return err
				}
				if asJSON {
					return printJSON(b)
				}
				return printBaseline(&b)
			}
			var page struct {
				Baselines []stockhttp.Baseline `json:"baselines"`
			}
			if err := to.get(cmd.Context(), "/v1/stock/baselines", &page); err != nil {
				return err
			}
			if asJSON {
				return printJSON(page.Baselines)
			}
			return printTable(baselineRows(page.Baselines)...)
		},
	}
}

func baselinePath(args []string) string {
	return "/v1/stock/baselines/" + url.PathEscape(args[0]) + "/" + url.PathEscape(args[1])
}

func baselineRows(all []stockhttp.Baseline) [][]string {
	rows := [][]string{{"SOURCE", "BATCH", "STATE", "REASON", "ROWS", "DIFFER", "TO ZERO", "UNITS", "OF", "BY", "UPDATED"}}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, b := range all {
		rows = append(rows, []string{
			b.Source, b.Batch, b.State, b.Reason, number(b.Staged) + "/" + number(b.Rows), number(b.Changed), number(b.Zeroed), number(b.Moved),
			number(b.Expected), b.By, b.TouchedAt.Local().Format(time.DateTime),
		})
	}
	return rows
}

func printBaseline(b *stockhttp.Baseline) error {
	if err := printTable(baselineRows([]stockhttp.Baseline{*b})...); err != nil {
		return err
	}
	fmt.Printf("\nnodes %s\n", strings.Join(b.Nodes, ", "))
	if len(b.Worst) == 0 {
		return nil
	}
	rows := [][]string{{"ITEM", "NODE", "WE HAVE", "COUNTED", "UNIT VALUE"}}
	for _, d := range b.Worst {
		rows = append(rows, []string{d.SKU, d.Node, strconv.FormatInt(d.Expected, 10), strconv.FormatInt(d.Counted, 10), strconv.FormatInt(d.UnitValue, 10)})
	}
	fmt.Println()
	return printTable(rows...)
}

func baselineDecideCommand(to *remote, approve bool) *cobra.Command {
	var by, reason string
	name, short := "refuse", "Leave a baseline: nothing of it is taken"
	if approve {
		name, short = "approve", "Take a held baseline in spite of what is odd"
	}
	cmd := &cobra.Command{
		Use:     name + " SOURCE BATCH",
		Short:   short,
		Example: "  millrace baseline " + name + ` north 2026-01-05 --reason "counted twice"`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := json.Marshal(map[string]any{"approve": approve, "by": by, "reason": reason})
			if err != nil {
				return err
			}
			header := http.Header{"Content-Type": {"application/json"}, gateway.IdempotencyKey: {strings.Join(append([]string{name}, args...), ":")}}
			answer, err := to.open(cmd.Context(), http.MethodPost, baselinePath(args)+"/decision", bytes.NewReader(body), header)
			if err != nil {
				return err
			}
			return answer.Close()
		},
	}
	signed(cmd, &by)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for those who read it later")
	return cmd
}
