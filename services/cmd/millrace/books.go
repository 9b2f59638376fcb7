package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/stock"
)

// Comparison is one figure as a partner's books have it and as ours do.
type Comparison struct {
	Partner    string `json:"partner"`
	What       string `json:"what"`
	Theirs     string `json:"theirs"`
	Ours       string `json:"ours"`
	Difference int64  `json:"difference"` // theirs less ours, in units or minor units
	// Cause names what a difference comes from; empty where there is none.
	Cause string `json:"cause,omitempty"`
}

// own are our figures.
type own struct {
	stock  stock.Summary
	orders orderhttp.Summary
}

// books compares the twins' books with ours.
func (t *twins) books(w http.ResponseWriter, r *http.Request) {
	var ours own
	if err := t.ours.get(r.Context(), "/v1/stock/summary", &ours.stock); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if err := t.ours.get(r.Context(), "/v1/orders/summary", &ours.orders); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	theirs := make(map[string]sandbox.Books)
	for node, y := range t.yards {
		theirs[node] = y.Books()
	}
	httpd.WriteJSON(w, r, http.StatusOK, map[string]any{"books": compare(ours, theirs, t.erp.Books())})
}

// compare puts the figures side by side. Ours and theirs are asked for one after
// the other, so while orders are under way they may differ by what moved between.
func compare(ours own, nodes map[string]sandbox.Books, erp sandbox.ERPBooks) []Comparison {
	var rows []Comparison
	underWay := ours.orders.Orders.Open
	add := func(partner, what string, theirs, mine int64) {
		rows = append(rows, Comparison{
			Partner: partner, What: what, Theirs: strconv.FormatInt(theirs, 10), Ours: strconv.FormatInt(mine, 10),
			Difference: theirs - mine, Cause: because(theirs != mine, underWay),
		})
	}
	var shipped int64
	for _, node := range slices.Sorted(maps.Keys(nodes)) {
		b := nodes[node]
		shipped += b.Total.Shipped
		add(node, "units on hand", b.Total.OnHand, ours.stock.Nodes[node])
	}
	add("all nodes", "units shipped", shipped, ours.orders.Goods.Shipped)
	add(erp.Twin, "units ordered", erp.Units.Ordered, ours.orders.Goods.Ordered)
	add(erp.Twin, "units shipped", erp.Units.Shipped, ours.orders.Goods.Shipped)
	add(erp.Twin, "units cancelled", erp.Units.Cancelled, ours.orders.Goods.Cancelled)
	for _, code := range slices.Sorted(maps.Keys(ours.orders.Invoiced)) {
		rows = append(rows, Comparison{
			Partner: erp.Twin, What: "invoiced " + code, Theirs: erp.Invoiced[code], Ours: ours.orders.Invoiced[code],
			Cause: because(erp.Invoiced[code] != ours.orders.Invoiced[code], underWay),
		})
	}
	return rows
}

// because names what a difference comes from.
func because(differs bool, open int64) string {
	switch {
	case !differs:
		return ""
	case open > 0:
		return fmt.Sprintf("%d orders are under way", open)
	}
	return "not explained"
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
				Books []Comparison `json:"books"`
			}
			if err := to.get(cmd.Context(), "/v1/books", &answer); err != nil {
				return err
			}
			if asJSON {
				return printJSON(answer.Books)
			}
			rows := [][]string{{"PARTNER", "WHAT", "THEIRS", "OURS", "DIFFERENCE"}}
			for _, c := range answer.Books {
				rows = append(rows, []string{c.Partner, c.What, c.Theirs, c.Ours, c.Cause})
			}
			return printTable(rows...)
		},
	}
}
