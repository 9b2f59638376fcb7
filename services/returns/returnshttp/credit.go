package returnshttp

import (
	"fmt"
	"net/http"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
)

// credit reads what a line is credited without an order. The return decides; what it
// would pass over is refused here, so that whoever decides hears why. The error is a
// problem, or a failure to read the return.
func (e *Edge) credit(x *event.ReturnResolve, body *wordBody, wrong *faults) error {
	books, err := e.Room.Books(e.Runtime, x.ReturnID)
	switch {
	case err != nil:
		return err
	case !books.Return.Known:
		return httpd.NewProblem(http.StatusConflict, "NOT_CREDITABLE", "Nobody asked for return "+x.ReturnID+", so there is nobody to credit.")
	}
	wrong.text("/return_line", body.ReturnLine, true)
	x.Currency, x.Qty = books.Return.Currency, body.Quantity
	if x.Qty == 0 {
		x.Qty = books.Unexplained(body.ReturnLine)
	}
	if x.Qty < 1 || x.Qty > maxQuantity {
		wrong.add("/quantity", httpd.CodeRange, fmt.Sprintf("say how many units, from 1 to %d: none of the line lacks an order, as far as is known", maxQuantity))
	}
	if x.Amount, err = gateway.ParseAmount(body.Amount, x.Currency); err != nil || x.Amount < 1 {
		wrong.add("/amount", httpd.CodeFormat, "want an amount of the return's currency "+x.Currency+", above zero")
	}
	if len(*wrong) > 0 {
		return nil
	}
	if limit, err := books.MayCredit(x); err != nil {
		detail := err.Error()
		if limit > 0 {
			detail += fmt.Sprintf("; at most %s %s a return", gateway.FormatAmount(limit, x.Currency), x.Currency)
		}
		return httpd.NewProblem(http.StatusConflict, "NOT_CREDITABLE", detail+".")
	}
	return nil
}
