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
	"github.com/millrace/millrace/services/demo"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/settlement/settlementhttp"
	"github.com/millrace/millrace/services/stock"
)

// own are our figures.
type own struct {
	stock  stock.Summary
	orders orderhttp.Summary
	money  settlementhttp.Summary
}

// books answers with the twins' books beside ours.
func (t *twins) books(w http.ResponseWriter, r *http.Request) {
	if err := t.ours.ready(r.Context()); err != nil {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusServiceUnavailable, "NOT_READY",
			"Rooms are still catching up, so our figures are not whole; ask again in a moment: "+err.Error()))
		return
	}
	var ours own
	before, err := t.pending(r.Context())
	err = errors.Join(
		err, t.ours.get(r.Context(), "/v1/stock/summary", &ours.stock), t.ours.get(r.Context(), "/v1/orders/summary", &ours.orders),
		t.ours.get(r.Context(), "/v1/settlement/summary", &ours.money),
	)
	var rows []reconcile.Row
	if err == nil {
		rows, err = t.compare(ours)
	}
	if err == nil && !reconcile.Equal(rows) {
		var after reconcile.Pending
		after, err = t.pending(r.Context())
		rows = reconcile.Explain(rows, before.Most(after))
	}
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, map[string]any{"books": rows})
}

// compare puts the figures side by side. Ours and theirs are asked for one after
// the other, so while orders are under way they may differ by what moved between; what
// is known to be under way names such a difference.
func (t *twins) compare(ours own) ([]reconcile.Row, error) {
	var rows []reconcile.Row
	var places []sandbox.Books
	for _, node := range slices.Sorted(maps.Keys(t.Nodes)) {
		b := t.Nodes[node].Books()
		places = append(places, b)
		if node == demo.Supplier {
			rows = append(rows, reconcile.Documents(b))
			continue
		}
		rows = append(rows, reconcile.OnHand(b, ours.stock.Nodes[node])...)
	}
	rows = append(rows, reconcile.Shipped(places, ours.orders.Goods.Shipped))
	sales := reconcile.Sales{
		Ordered: ours.orders.Goods.Ordered, Shipped: ours.orders.Goods.Shipped, Cancelled: ours.orders.Goods.Cancelled,
		Invoiced: make(map[string]int64), Credited: make(map[string]int64),
	}
	for code, amount := range ours.orders.Invoiced {
		minor, err := gateway.ParseAmount(amount, code)
		if err != nil {
			return nil, fmt.Errorf("reading our money: %w", err)
		}
		sales.Invoiced[code] = minor
	}
	for code, m := range ours.money.Money {
		minor, err := gateway.ParseAmount(m.Credited, code)
		if err != nil {
			return nil, fmt.Errorf("reading our money: %w", err)
		}
		sales.Credited[code] = minor
	}
	erp, err := reconcile.ERP(t.ERP.Books(), sales)
	if err != nil {
		return nil, err
	}
	rows = append(rows, erp...)
	paid, err := payments(ours.money)
	if err != nil {
		return nil, err
	}
	bank, err := reconcile.Bank(t.Bank.Books(), paid)
	return append(rows, bank...), err
}

// payments reads what settlement says was done with the money of buyers.
func payments(sum settlementhttp.Summary) (reconcile.Payments, error) {
	paid := make(reconcile.Payments)
	for code, m := range sum.Money {
		var sums sandbox.BankSums
		for _, amount := range []struct {
			text string
			to   *int64
		}{{m.Authorised, &sums.Authorised}, {m.Voided, &sums.Reversed}, {m.Captured, &sums.Captured}, {m.Refunded, &sums.Refunded}} {
			minor, err := gateway.ParseAmount(amount.text, code)
			if err != nil {
				return nil, fmt.Errorf("reading our money: %w", err)
			}
			*amount.to = minor
		}
		paid[code] = sums
	}
	return paid, nil
}

func booksCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "books",
		Short: "Compare our figures with the partners' own books",
		Long:  "Compares units and money as the ERP, the warehouses, the 3PL, the supplier and the payment provider have them with ours, on a server that runs their twins.",
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
