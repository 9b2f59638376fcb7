package main

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/order/orderhttp"
)

func ordersCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{Use: "orders", Short: "List orders, look at one, and say what was lost"}
	cmd.AddCommand(ordersListCommand(to), ordersShowCommand(to), ordersLostCommand(to))
	return cmd
}

func ordersListCommand(to *remote) *cobra.Command {
	var status, channel, source string
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List orders, newest first",
		Example: "  millrace orders list --status backordered\n  millrace orders list --channel shop --limit 5 -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			query := url.Values{"limit": {strconv.Itoa(limit)}}
			for name, value := range map[string]string{"status": status, "channel": channel, "source": source} {
				if value != "" {
					query.Set(name, value)
				}
			}
			var page struct {
				Orders     []orderhttp.Row `json:"orders"`
				NextCursor string          `json:"next_cursor"`
			}
			if err := to.get(cmd.Context(), "/v1/orders?"+query.Encode(), &page); err != nil {
				return err
			}
			if asJSON {
				return printJSON(page.Orders)
			}
			if err := printTable(orderRows(page.Orders)...); err != nil {
				return err
			}
			if page.NextCursor != "" {
				fmt.Fprintln(os.Stderr, "There are more: raise --limit, or narrow the list by --status, --channel, --source.")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&status, "status", "", "only orders in this state, such as released or backordered")
	cmd.Flags().StringVar(&channel, "channel", "", "only orders of this channel")
	cmd.Flags().StringVar(&source, "source", "", "only orders from this source, such as api")
	cmd.Flags().IntVar(&limit, "limit", 20, "at most so many, up to 500")
	return cmd
}

func orderRows(orders []orderhttp.Row) [][]string {
	rows := [][]string{{"ORDER", "CHANNEL", "NUMBER", "STATUS", "REASON", "TOTAL", "INVOICED", "UNITS", "SHIPPED", "UPDATED"}}
	for _, o := range orders {
		rows = append(rows, []string{
			o.OrderID, o.Channel, o.ExternalID, string(o.Status), o.Reason, o.Total + " " + o.Currency, o.Invoiced,
			strconv.FormatInt(o.Units.Ordered, 10), strconv.FormatInt(o.Units.Shipped, 10), o.UpdatedAt.Local().Format(time.DateTime),
		})
	}
	return rows
}

func ordersShowCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:     "show ORDER",
		Short:   "Show everything known of an order",
		Long:    "Shows an order by its id, or by channel:number: what it waits for, its lines, fulfilments, shipments, invoices and timeline.",
		Example: "  millrace orders show shop:260105-090000-00001",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			var o orderhttp.Order
			if err := to.get(cmd.Context(), "/v1/orders/"+url.PathEscape(args[0]), &o); err != nil {
				return err
			}
			if asJSON {
				return printJSON(o)
			}
			return printOrder(&o)
		},
	}
}

func printOrder(o *orderhttp.Order) error {
	status := string(o.Status)
	if o.Reason != "" {
		status += " (" + o.Reason + ")"
	}
	lines := [][]string{{"LINE", "SKU", "KIND", "ORDERED", "PRICE", "AMOUNT", "WHERE ITS UNITS ARE"}}
	for _, l := range o.Lines {
		lines = append(lines, []string{l.LineID, l.SKU, string(l.Kind), strconv.FormatInt(l.Quantity, 10), l.UnitPrice, l.Amount, buckets(&l)})
	}
	waits := [][]string{{"WAITS FOR", "SINCE", "UNTIL", "DETAIL"}}
	for _, w := range o.WaitsFor {
		until := "-"
		if w.Until != nil {
			until = w.Until.Local().Format(time.DateTime)
		}
		waits = append(waits, []string{strings.TrimSpace(string(w.Cause) + " " + w.Who), w.Since.Local().Format(time.DateTime), until, w.Detail})
	}
	parts := [][]string{{"NODE", "STATUS", "UNITS", "SHIPPED", "FULFILMENT"}}
	for _, f := range o.Fulfilments {
		parts = append(parts, []string{f.Node, string(f.Status), strconv.FormatInt(f.Units, 10), strconv.FormatInt(f.Shipped, 10), f.FulfilmentID})
	}
	shipments := [][]string{{"SHIPPED", "NODE", "CARRIER", "NUMBER", "PARCEL"}}
	for _, s := range o.Shipments {
		shipments = append(shipments, []string{s.ShippedAt.Local().Format(time.DateTime), s.Node, cmp.Or(s.Carrier, "-"), cmp.Or(s.Tracking, "-"), cmp.Or(s.Parcel, "-")})
	}
	invoices := [][]string{{"INVOICE", "TOTAL", "POSTED"}}
	for _, i := range o.Invoices {
		invoices = append(invoices, []string{i.Number, i.Total + " " + o.Currency, i.PostedAt.Local().Format(time.DateTime)})
	}
	timeline := [][]string{{"AT", "AFTER", "WHAT", "DETAIL"}}
	for n, m := range o.Timeline {
		after := ""
		if n > 0 {
			after = "+" + m.At.Sub(o.Timeline[n-1].At).Round(time.Millisecond).String()
		}
		timeline = append(timeline, []string{m.At.Local().Format("2006-01-02 15:04:05.000"), after, m.Event, m.Detail})
	}
	fmt.Printf("%s  %s:%s  %s\ntotal %s %s, invoiced %s\n", o.OrderID, o.Channel, o.ExternalID, status, o.Total, o.Currency, o.Invoiced)
	for _, table := range [][][]string{waits, lines, parts, shipments, invoices, timeline} {
		if len(table) == 1 {
			continue
		}
		fmt.Println()
		if err := printTable(table...); err != nil {
			return err
		}
	}
	return nil
}

// buckets says where a line's units are, leaving out where there are none.
func buckets(l *orderhttp.Line) string {
	var parts []string
	for _, b := range []struct {
		name  string
		units int64
	}{
		{"open", l.Open},
		{"backordered", l.Backordered},
		{"reserved", l.Reserved},
		{"allocated", l.Allocated},
		{"released", l.Released},
		{"picked", l.Picked},
		{"packed", l.Packed},
		{"shipped", l.Shipped - l.Delivered},
		{"delivered", l.Delivered},
		{"cancelled", l.Cancelled},
	} {
		if b.units != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", b.units, b.name))
		}
	}
	return strings.Join(parts, ", ")
}
