package file

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

// invoiceRow is a row of an Online Retail file.
type invoiceRow struct {
	Invoice     string  `parquet:"invoice"`
	StockCode   string  `parquet:"stock_code"`
	Description *string `parquet:"description,optional"`
	Quantity    int64   `parquet:"quantity"`
	InvoiceDate string  `parquet:"invoice_date"`
	UnitPrice   float64 `parquet:"unit_price"`
	CustomerID  *int64  `parquet:"customer_id,optional"`
	Country     string  `parquet:"country"`
}

func row(invoice, sku string, quantity int64, date string, price float64) invoiceRow {
	name := "a " + sku
	return invoiceRow{Invoice: invoice, StockCode: sku, Description: &name, Quantity: quantity, InvoiceDate: date, UnitPrice: price, Country: "EIRE"}
}

func retail(t *testing.T, rows ...invoiceRow) (partner.Config, Drop) {
	t.Helper()
	dir := t.TempDir()
	if err := parquet.WriteFile(filepath.Join(dir, "x.parquet"), rows); err != nil {
		t.Fatal(err)
	}
	p, _ := partner.ByID(partner.Shipped(), "online-retail")
	return p, Drop{Run: "run", Dir: dir, Files: []string{"x.parquet"}, Seed: 1}
}

func entriesOf(t *testing.T, p partner.Config, d Drop) []Entry {
	t.Helper()
	s, err := Open(p, d)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []Entry
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

const noon = "2010-01-05 12:00:00"

func TestRowsAreJudgedByTheFirstRuleThatFits(t *testing.T) {
	p, d := retail(t,
		row("C1", "tea", -2, noon, 1.5), row("C2", "tea", 1, noon, 1.5), row("A3", "B", 1, noon, -100), row("4", "tea", -3, noon, 0),
		row("5", "tea", 7, noon, 0), row("6", " tea ", 5, noon, 1.25), row("6", "POST", 1, noon, 3.005), row("6", "test001", 2, noon, 1),
	)
	rows, refused := make(map[Class]int64), make(map[string]int)
	var orders []*event.OrderSubmit
	var returns []*event.ReturnRequested
	var adjustments []*event.InventoryMovement
	for _, e := range entriesOf(t, p, d) {
		for class, n := range e.Rows {
			rows[class] += n
		}
		for _, r := range e.Refused {
			refused[r.Reason]++
		}
		switch {
		case e.Order != nil:
			orders = append(orders, e.Order)
		case e.Return != nil:
			returns = append(returns, e.Return)
		case e.Adjustment != nil:
			adjustments = append(adjustments, e.Adjustment)
		}
	}
	if !maps.Equal(rows, map[Class]int64{Return: 1, Adjustment: 2, Order: 3}) || !maps.Equal(refused, map[string]int{"CANCELLATION_WITHOUT_RETURN": 1, "BAD_DEBT": 1}) {
		t.Errorf("rows %v, refused %v", rows, refused)
	}
	if len(orders) != 1 || len(returns) != 1 || len(adjustments) != 2 {
		t.Fatalf("%d orders, %d returns, %d adjustments", len(orders), len(returns), len(adjustments))
	}
	o := orders[0]
	if o.OrderID != event.OrderID("online-retail", "6") || o.Customer.PartyID != "guest" || o.Customer.Country != "IE" || o.Currency != "GBP" || o.Shortage != event.ShortagePolicyCancel {
		t.Errorf("order %+v", o)
	}
	kinds := []event.LineKind{o.Lines[0].Kind, o.Lines[1].Kind, o.Lines[2].Kind}
	if o.Lines[0].Sku != "TEA" || !slices.Equal(kinds, []event.LineKind{"goods", "charge", "charge"}) {
		t.Errorf("lines %+v", o.Lines)
	}
	if o.Lines[1].Amount != 300 || o.Total != 625+300+200 {
		t.Errorf("amounts %d, total %d: 3.005 is rounded half to even", o.Lines[1].Amount, o.Total)
	}
	if r := returns[0]; r.Lines[0].Qty != 2 || r.Lines[0].Amount != 300 {
		t.Errorf("return %+v", r)
	}
	if a := adjustments[0]; a.Qty != 3 || a.From != event.StockConditionSellable || a.Source != "file:online-retail" || a.Reason != "STOCK_COUNT" || a.Node != "north" {
		t.Errorf("adjustment %+v", a)
	}
}

func TestADocumentIsOneThoughOtherRowsStandBetweenAndItsFirstDateCounts(t *testing.T) {
	p, d := retail(t, row("1", "tea", 1, noon, 1), row("2", "tea", 1, noon, 1), row("1", "rum", 1, "2010-01-05 12:01:00", 1))
	var ids []string
	for _, e := range entriesOf(t, p, d) {
		if e.Order != nil {
			ids = append(ids, e.Order.ExternalID)
			if e.Order.ExternalID == "1" && (len(e.Order.Lines) != 2 || !e.Order.OrderedAt.Equal(time.Date(2010, 1, 5, 12, 0, 0, 0, time.UTC))) {
				t.Errorf("order %+v", e.Order)
			}
		}
	}
	if !slices.Equal(ids, []string{"1", "2"}) {
		t.Errorf("orders %v", ids)
	}
}

func TestARowOfADocumentClosedLongAgoIsRefused(t *testing.T) {
	rows := []invoiceRow{row("first", "tea", 1, noon, 1)}
	for range window + 1 {
		rows = append(rows, row("second", "tea", 1, noon, 1))
	}
	p, d := retail(t, append(rows, row("first", "tea", 1, noon, 1))...)
	refused := make(map[string]int)
	for _, e := range entriesOf(t, p, d) {
		for _, r := range e.Refused {
			refused[r.Reason]++
		}
	}
	if !maps.Equal(refused, map[string]int{Scattered: 1}) {
		t.Errorf("refused %v", refused)
	}
}

func TestEveryRowEndsInOneCountAndStockIsThereBeforeItIsWrittenOff(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "rows")
		var rows []invoiceRow
		for i := range n {
			invoice := rapid.SampledFrom([]string{"1", "2", "C3", "A4", "5"}).Draw(rt, "invoice")
			quantity := rapid.Int64Range(-20, 300).Draw(rt, "quantity")
			price := rapid.SampledFrom([]float64{0, 1.25, 0.001, 1e-9, 2.55}).Draw(rt, "price")
			date := time.Date(2010, 1, 1+i, 10, 0, 0, 0, time.UTC).Format("2006-01-02 15:04:05")
			rows = append(rows, row(invoice, rapid.SampledFrom([]string{"a", "b", "POST", ""}).Draw(rt, "sku"), quantity, date, price))
		}
		p, d := retail(t, rows...)
		var counted int64
		stock := make(map[string]int64)
		var dates []time.Time
		for _, e := range entriesOf(t, p, d) {
			for _, n := range e.Rows {
				counted += n
			}
			counted += int64(len(e.Refused))
			if e.Supply != nil {
				stock[e.Supply.Node] += e.Supply.Qty
			}
			if e.Adjustment != nil {
				if stock[e.Adjustment.Node] -= e.Adjustment.Qty; stock[e.Adjustment.Node] < 0 {
					rt.Fatalf("%d units are written off that never came", e.Adjustment.Qty)
				}
			}
			if !e.Date.IsZero() {
				dates = append(dates, e.Date)
			}
		}
		if counted != int64(n) {
			rt.Fatalf("%d rows in, %d counted", n, counted)
		}
		if !slices.IsSortedFunc(dates, time.Time.Compare) {
			rt.Fatalf("entries do not come by date: %v", dates)
		}
	})
}

func TestAScriptIsTheSameEachTimeItIsRead(t *testing.T) {
	p, d := retail(t, row("1", "tea", 400, noon, 1), row("2", "tea", 300, "2010-02-20 12:00:00", 1), row("3", "rum", 1, "2010-03-20 12:00:00", 1))
	ids := func(seed int64) (all []string) {
		d.Seed = seed
		for _, e := range entriesOf(t, p, d) {
			if e.Supply != nil {
				all = append(all, e.Supply.SupplyID+e.Supply.Due.String())
			}
		}
		return all
	}
	if first := ids(1); len(first) < 4 || !slices.Equal(first, ids(1)) {
		t.Errorf("supplies %v", first)
	}
	if slices.Equal(ids(1), ids(2)) {
		t.Error("the seed decides nothing")
	}
}

func TestDemandIsPlentyAndLosesNoUnit(t *testing.T) {
	p, d := retail(t, row("1", "tea", 401, noon, 1), row("2", "tea", 300, "2010-02-20 12:00:00", 1))
	p.Sells.OpeningStock = "demand"
	nodes := make(map[string]int64)
	for _, e := range entriesOf(t, p, d) {
		if e.Supply != nil {
			nodes[e.Supply.Node] += e.Supply.Qty
		}
	}
	if nodes["north"]+nodes["south"]+nodes["harbor"] != 701 || nodes["harbor"] == 0 {
		t.Errorf("stock %v, want 701 over three nodes", nodes)
	}
}

func northwind(t *testing.T, files map[string]string) (partner.Config, Drop) {
	t.Helper()
	d := Drop{Run: "run", Dir: t.TempDir()}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(d.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d.Files = append(d.Files, name)
	}
	p, _ := partner.ByID(partner.Shipped(), "northwind")
	return p, d
}

var drop = map[string]string{
	"orders.csv":        "order_id,customer_id,order_date,freight,ship_region,ship_postal_code,ship_country\n1,VINET,1996-07-04,32.3800011,,51100,France\n2,TOMSP,1996-07-05,0,,,USA\n",
	"order_details.csv": "order_id,product_id,unit_price,quantity,discount\n1,11,14,12,0\n1,42,9.80000019,10,0.150000006\n2,11,x,1,0\n9,11,1,1,0\n",
	"products.csv":      "product_id,product_name,unit_price,units_in_stock,units_on_order,discontinued\n11,Queso,21,22,30,0\n42,Mee,14,26,0,1\n",
}

func TestFilesThatBelongTogetherAreJoinedAndFloatsMeanTheirShortestDecimal(t *testing.T) {
	p, d := northwind(t, drop)
	refused := make(map[string]int)
	var orders []*event.OrderSubmit
	var supplied int64
	for _, e := range entriesOf(t, p, d) {
		for _, r := range e.Refused {
			refused[r.Reason]++
		}
		if e.Order != nil {
			orders = append(orders, e.Order)
		}
		if e.Supply != nil {
			supplied += e.Supply.Qty
		}
	}
	if len(orders) != 1 || !maps.Equal(refused, map[string]int{Malformed: 2}) || supplied != 22+26+30 {
		t.Fatalf("%d orders, refused %v, supplied %d", len(orders), refused, supplied)
	}
	o := orders[0]
	if o.Lines[1].UnitPriceE6 != 8_330_000 || o.Lines[1].Amount != 8330 || o.Shipping != 3238 || o.Total != 14*1200+8330+3238 {
		t.Errorf("order %+v", o)
	}
	if !o.ShipComplete || o.ShipTo.PostalArea != "51100" || o.ShipTo.Country != "FR" {
		t.Errorf("order %+v", o)
	}
}

// datedNorthwind is a drop whose order lines may say how long their units must live.
func datedNorthwind(t *testing.T, layout, dates string) (partner.Config, Drop) {
	t.Helper()
	files := maps.Clone(drop)
	files["order_details.csv"] = "order_id,product_id,unit_price,quantity,discount,lives_until\n" + dates
	p, d := northwind(t, files)
	f := *p.File
	f.Mapping = strings.Replace(f.Mapping, `description: ""`, `description: "", min_expiry: .lives_until`, 1)
	f.Inputs = maps.Clone(f.Inputs)
	lines := f.Inputs["lines"]
	lines.Columns = maps.Clone(lines.Columns)
	lines.Columns["lives_until"] = partner.Column{Type: "time", Layout: layout, Empty: true}
	f.Inputs["lines"] = lines
	p.File = &f
	return p, d
}

func TestALineSaysTheDayBeforeWhichItsUnitsMustNotExpire(t *testing.T) {
	hashes := make(map[string]bool)
	for _, date := range []string{"1996-10-01", "1996-11-01"} {
		want, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		p, d := datedNorthwind(t, time.DateOnly, "1,11,14,12,0,"+date+"\n1,42,9,10,0,\n")
		for _, e := range entriesOf(t, p, d) {
			if e.Order == nil {
				continue
			}
			hashes[e.Order.BodyHash] = true
			if at := e.Order.Lines[0].MinExpiry; at == nil || !at.Equal(want) || e.Order.Lines[1].MinExpiry != nil {
				t.Errorf("%s: lines %+v", date, e.Order.Lines)
			}
		}
	}
	if len(hashes) != 2 {
		t.Errorf("%d orders, want two that the date tells apart", len(hashes))
	}
}

func TestAMomentWithinADayIsNoDateOfALine(t *testing.T) {
	p, d := datedNorthwind(t, time.RFC3339, "1,11,14,12,0,1996-10-01T12:00:00Z\n1,42,9,10,0,1996-10-01T02:00:00+02:00\n")
	var refused []string
	for _, e := range entriesOf(t, p, d) {
		for _, r := range e.Refused {
			refused = append(refused, r.Reason+" "+r.Detail)
		}
		if e.Order != nil {
			t.Errorf("order %+v", e.Order)
		}
	}
	if len(refused) != 2 || !strings.HasPrefix(refused[0], "MAPPING line 1: min_expiry") {
		t.Errorf("refused %q, want both rows because of line 1", refused)
	}
}

func TestWhatIsWrongWithADropIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   string
	}{
		"a missing file":   {func(f map[string]string) { delete(f, "orders.csv") }, "orders.csv"},
		"a missing column": {func(f map[string]string) { f["products.csv"] = "product_id\n1\n" }, "no column"},
		"an empty file":    {func(f map[string]string) { f["order_details.csv"] = "" }, "header"},
		"a bad product":    {func(f map[string]string) { f["products.csv"] = strings.Replace(f["products.csv"], "21,22", "21,-1", 1) }, "row 1"},
	} {
		files := maps.Clone(drop)
		c.change(files)
		p, d := northwind(t, files)
		if _, err := Open(p, d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMappingThatFailsRefusesItsRowsAndTheFileGoesOn(t *testing.T) {
	for name, program := range map[string]string{
		"unknown field":  `{order: {external_id: .document, at: .date, colour: "red"}}`,
		"fraction":       `{order: {external_id: .document, at: .date, lines: [{line: 1, sku: "a", kind: "goods", quantity: 1.5, unit_price_e6: 1}]}}`,
		"no lines":       `{order: {external_id: .document, at: .date, lines: []}}`,
		"quantity 0":     `{order: {external_id: .document, at: .date, lines: [{line: 1, sku: "a", kind: "goods", quantity: 0, unit_price_e6: 1}]}}`,
		"error":          `error("no")`,
		"two at once":    `{order: {external_id: "1", at: .date, lines: []}, return: {external_id: "1", at: .date, lines: []}}`,
		"environment":    `{order: {external_id: env.HOME, at: .date, lines: []}}`,
		"amount too big": `{order: {external_id: .document, at: .date, lines: [{line: 1, sku: "a", kind: "goods", quantity: 1000000000, unit_price_e6: 9000000000000}]}}`,
	} {
		p, d := retail(t, row("1", "tea", 1, noon, 1))
		f := *p.File
		f.Mapping = program
		p.File = &f
		refused := 0
		for _, e := range entriesOf(t, p, d) {
			refused += len(e.Refused)
			if e.Order != nil || e.Return != nil {
				t.Errorf("%s: something came of it", name)
			}
		}
		if refused != 1 {
			t.Errorf("%s: %d rows refused, want 1", name, refused)
		}
	}
}

func TestAmountsAreRoundedOnceHalfToEven(t *testing.T) {
	r, err := rateOf("GBP")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ quantity, price, want int64 }{
		{1, 5_000, 0}, {1, 15_000, 2}, {1, 25_000, 2}, {3, 5_000, 2}, {1, -15_000, -2}, {1, 14_999, 1}, {10, 4_995_000, 4995},
	} {
		if got, _, err := r.minor(c.quantity, c.price); err != nil || got != c.want {
			t.Errorf("%d at %d millionths: %d (%v), want %d", c.quantity, c.price, got, err, c.want)
		}
	}
	if _, _, err := r.minor(1e9, 1e13); !errors.Is(err, errRange) {
		t.Errorf("an amount beyond int64: %v", err)
	}
}
