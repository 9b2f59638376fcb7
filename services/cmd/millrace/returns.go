package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/returns/returnshttp"
)

func returnsCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{Use: "returns", Short: "List returns, and decide about those that wait for a person"}
	cmd.AddCommand(returnsListCommand(to), returnsShowCommand(to), returnsMatchCommand(to), returnsCreditCommand(to), returnsRefuseCommand(to), returnsAskCommand(to))
	return cmd
}

func returnsListCommand(to *remote) *cobra.Command {
	var all bool
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the returns that wait for a person, those asked for last first",
		Example: "  millrace returns list\n  millrace returns list --all --limit 5 -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			query := url.Values{"limit": {strconv.Itoa(limit)}, "waiting": {strconv.FormatBool(!all)}}
			var page struct {
				Returns []returnshttp.Row `json:"returns"`
				More    bool              `json:"more"`
			}
			if err := to.get(cmd.Context(), "/v1/returns?"+query.Encode(), &page); err != nil {
				return err
			}
			if asJSON {
				return printJSON(page.Returns)
			}
			rows := [][]string{{"RETURN", "CHANNEL", "NUMBER", "STATE", "WAITS FOR", "CUSTOMER", "UNITS", "HERE", "WAITING", "CREDITED", "TOTAL", "ASKED FOR"}}
			n := func(v int64) string { return strconv.FormatInt(v, 10) }
			for _, r := range page.Returns {
				asked := "never"
				if r.RequestedAt != nil {
					asked = r.RequestedAt.Local().Format(time.DateTime)
				}
				rows = append(rows, []string{
					r.ReturnID, r.Channel, r.ExternalID, string(r.State), string(r.WaitsFor), r.Customer, n(r.Units), n(r.Here), n(r.Waiting), n(r.Credited), r.Total + " " + r.Currency, asked,
				})
			}
			if err := printTable(rows...); err != nil {
				return err
			}
			if page.More {
				fmt.Fprintln(os.Stderr, "There are more: raise --limit.")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also those that wait for nobody")
	cmd.Flags().IntVar(&limit, "limit", 20, "at most so many, up to 500")
	return cmd
}

func returnsShowCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:     "show RETURN",
		Short:   "Show the lines of a return and what they came with",
		Long:    "Shows a return by its id, or by channel:number.",
		Example: "  millrace returns show online-retail:C489449",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var r returnshttp.Return
			if err := to.get(cmd.Context(), "/v1/returns/"+url.PathEscape(args[0]), &r); err != nil {
				return err
			}
			return to.printReturn(&r)
		},
	}
}

// printReturn prints a return as the flags want it.
func (r *remote) printReturn(x *returnshttp.Return) error {
	asJSON, err := r.asJSON()
	if err != nil || asJSON {
		if err == nil {
			err = printJSON(x)
		}
		return err
	}
	fmt.Printf("%s  %s:%s  %s\n%d units, %d here, %d wait for a person, %d credited for %s %s\n\n",
		x.ReturnID, x.Channel, x.ExternalID, x.State, x.Units, x.Here, x.Waiting, x.Credited, x.Total, x.Currency)
	if x.WaitsFor != "" || x.Number != "" || x.Reason != "" {
		fmt.Printf("waits for %s, reason %s, authorisation %s\n\n", cmp.Or(string(x.WaitsFor), "-"), cmp.Or(x.Reason, "-"), cmp.Or(x.Number, "-"))
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	rows := [][]string{{"LINE", "SKU", "KIND", "UNITS", "PRICE", "CAME WITH ORDER", "LINE", "UNITS", "GIVEN"}}
	for _, l := range x.Lines {
		row := []string{l.ReturnLine, l.SKU, string(l.Kind), n(l.Quantity), l.UnitPrice}
		if len(l.Origins) == 0 {
			rows = append(rows, append(row, "-", "-", "-", "-"))
		}
		for _, o := range l.Origins {
			rows = append(rows, append(row[:5:5], o.OrderID, o.LineID, n(o.Quantity), n(o.Accepted)))
		}
	}
	return printTable(rows...)
}

func returnsMatchCommand(to *remote) *cobra.Command {
	var line, order, of, shipment string
	cmd := &cobra.Command{
		Use:     "match RETURN --line LINE --order ORDER --order-line LINE",
		Short:   "Say with which order line a line of a return came",
		Example: "  millrace returns match online-retail:C489449 --line 2 --order 5f0c8a5e-7a4b-5b9e-9d0c-0c8f8a5e7a4b --order-line 7",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return to.decide(cmd.Context(), args[0], map[string]any{"action": "match", "return_line": line, "order_id": order, "line_id": of, "shipment_id": shipment})
		},
	}
	cmd.Flags().StringVar(&line, "line", "", "line of the return")
	cmd.Flags().StringVar(&order, "order", "", "id of the order")
	cmd.Flags().StringVar(&of, "order-line", "", "line of the order")
	cmd.Flags().StringVar(&shipment, "shipment", "", "shipment, when it is known")
	for _, name := range []string{"line", "order", "order-line"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

func returnsCreditCommand(to *remote) *cobra.Command {
	var amount string
	var units int64
	cmd := &cobra.Command{
		Use:   "credit RETURN LINE --amount AMOUNT [--units UNITS]",
		Short: "Credit a line of a return that fits no order",
		Long: "Credits units of a line that came with no order that is known, as far as the partner file of the channel allows it\n" +
			"(sells.unreferenced_credit). It is paid once the goods are back and found worth it; what is worth less is credited its\n" +
			"share. An order that is matched to the line later pays for the rest alone.",
		Example: "  millrace returns credit online-retail:C489449 2 --amount 12.50",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			word := map[string]any{"action": "without_reference", "return_line": args[1], "amount": amount}
			if units > 0 {
				word["quantity"] = units
			}
			return to.decide(cmd.Context(), args[0], word)
		},
	}
	cmd.Flags().StringVar(&amount, "amount", "", "what all the units are worth, in the currency of the return")
	cmd.Flags().Int64Var(&units, "units", 0, "how many units; all that no order gives without one")
	_ = cmd.MarkFlagRequired("amount") // the flag exists
	return cmd
}

func returnsRefuseCommand(to *remote) *cobra.Command {
	var line string
	cmd := &cobra.Command{
		Use:     "refuse RETURN [--line LINE]",
		Short:   "Give no money for a line of a return, or for all",
		Example: "  millrace returns refuse online-retail:C489449 --line 2",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return to.decide(cmd.Context(), args[0], map[string]any{"action": "refuse", "return_line": line})
		},
	}
	cmd.Flags().StringVar(&line, "line", "", "line of the return; all without one")
	return cmd
}

func returnsAskCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:     "ask-again RETURN",
		Short:   "Have the ERP asked once more whether a return may come",
		Example: "  millrace returns ask-again shop:R-1001",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return to.decide(cmd.Context(), args[0], map[string]any{"action": "ask_again"})
		},
	}
}

// decide sends a person's decision about a return, and prints what came of it.
func (r *remote) decide(ctx context.Context, name string, word map[string]any) error {
	var x returnshttp.Return
	if err := r.resolve(ctx, "/v1/returns/"+url.PathEscape(name)+"/resolve", "by", word, &x); err != nil {
		return err
	}
	return r.printReturn(&x)
}

// resolve sends a person's decision, in whose field by it says who that is, and reads
// what came of it. Fields that are empty are left out.
func (r *remote) resolve(ctx context.Context, path, by string, word map[string]any, into any) error {
	who, err := user.Current()
	if err != nil {
		return fmt.Errorf("asking who decides: %w", err)
	}
	word[by] = who.Username
	for key, value := range word {
		if value == "" {
			delete(word, key)
		}
	}
	body, err := json.Marshal(word)
	if err != nil {
		return fmt.Errorf("writing decision: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}, gateway.IdempotencyKey: {uuid.NewString()}}
	answer, err := r.open(ctx, http.MethodPost, path, bytes.NewReader(body), header)
	if err != nil {
		return err
	}
	return decodeAnswer(path, answer, into)
}
