package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/reconcile"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/stock"
)

// own are our figures.
type own struct {
	stock  stock.Summary
	orders orderhttp.Summary
}

// books answers with the twins' books beside ours.
func (t *twins) books(w http.ResponseWriter, r *http.Request) {
	var ours own
	err := errors.Join(t.ours.get(r.Context(), "/v1/stock/summary", &ours.stock), t.ours.get(r.Context(), "/v1/orders/summary", &ours.orders))
	var rows []reconcile.Row
	if err == nil {
		rows, err = t.compare(ours)
	}
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, map[string]any{"books": rows})
}

// compare puts the figures side by side. Ours and theirs are asked for one after
// the other, so while orders are under way they may differ by what moved between.
func (t *twins) compare(ours own) ([]reconcile.Row, error) {
	var rows []reconcile.Row
	var places []sandbox.Books
	for _, node := range slices.Sorted(maps.Keys(t.Nodes)) {
		b := t.Nodes[node].Books()
		places = append(places, b)
		rows = append(rows, reconcile.OnHand(b, ours.stock.Nodes[node])...)
	}
	rows = append(rows, reconcile.Shipped(places, ours.orders.Goods.Shipped))
	sales := reconcile.Sales{
		Ordered: ours.orders.Goods.Ordered, Shipped: ours.orders.Goods.Shipped, Cancelled: ours.orders.Goods.Cancelled,
		Invoiced: make(map[string]int64),
	}
	for code, amount := range ours.orders.Invoiced {
		minor, err := gateway.ParseAmount(amount, code)
		if err != nil {
			return nil, fmt.Errorf("reading our money: %w", err)
		}
		sales.Invoiced[code] = minor
	}
	erp, err := reconcile.ERP(t.ERP.Books(), sales)
	return append(rows, erp...), err
}

func booksCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "books",
		Short: "Compare our figures with the partners' own books",
		Long:  "Compares units and money as the ERP, the warehouses and the 3PL have them with ours, on a server that runs their twins.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			var answer struct {
				Books []reconcile.Row `json:"books"`
			}
			if err := to.get(cmd.Context(), "/v1/books", &answer); err != nil {
				return err
			}
			if asJSON {
				return printJSON(answer.Books)
			}
			rows := [][]string{{"PARTNER", "WHAT", "THEIRS", "OURS", "DIFFERENCE", "CAUSE"}}
			for _, c := range answer.Books {
				rows = append(rows, []string{c.Twin, c.What, c.Theirs, c.Ours, c.Difference, c.Cause})
			}
			return printTable(rows...)
		},
	}
}
