package file

import (
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/testenv"
)

// realDrop is a drop of real data; a test without it is skipped.
func realDrop(t *testing.T, folder string, files ...string) Drop {
	t.Helper()
	return Drop{Run: "run", Dir: testenv.Data(t, folder), Files: files, Seed: 1}
}

// tally is all that a script says, in sums.
type tally struct {
	rows                                         map[Class]int64
	refused                                      map[string]int64
	orders, returns, adjustments, chargeOnly     int64
	units, money, moneyE6, shipping, supplied    int64
	products, supplies, openings, entries, goods int64
}

func total(t *testing.T, s *Script) tally {
	t.Helper()
	defer s.Close()
	sum := tally{rows: make(map[Class]int64), refused: make(map[string]int64)}
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return sum
		}
		if err != nil {
			t.Fatal(err)
		}
		sum.entries++
		for class, n := range e.Rows {
			sum.rows[class] += n
		}
		for _, r := range e.Refused {
			sum.refused[r.Reason]++
		}
		sum.units += e.Units
		sum.money += e.Money
		sum.moneyE6 += e.MoneyE6
		switch {
		case e.Order != nil:
			sum.orders++
			sum.shipping += e.Order.Shipping
			goods := int64(0)
			for _, l := range e.Order.Lines {
				if l.Kind == event.LineKindGoods {
					goods++
				}
			}
			sum.goods += goods
			if goods == 0 {
				sum.chargeOnly++
			}
		case e.Return != nil:
			sum.returns++
		case e.Adjustment != nil:
			sum.adjustments++
		case e.Product != nil:
			sum.products++
		case e.Supply != nil:
			sum.supplies++
			sum.supplied += e.Supply.Qty
			if e.Supply.Kind == event.SupplyKindOpening {
				sum.openings++
			}
		}
	}
}

func TestAYearOfOnlineRetailComesOutToThePenny(t *testing.T) {
	drop := realDrop(t, "online-retail-ii", "2009-2010.parquet")
	p, _ := partner.ByID(partner.Shipped(), "online-retail")
	s, err := Open(p, drop)
	if err != nil {
		t.Fatal(err)
	}
	sum := total(t, s)
	for what, c := range map[string][2]int64{
		"rows of returns":                       {sum.rows[Return], 10_205},
		"returns":                               {sum.returns, 4_591},
		"rows of adjustments":                   {sum.rows[Adjustment], 2_121 + 1_566},
		"rows of orders":                        {sum.rows[Order], 511_565},
		"orders":                                {sum.orders, 20_951},
		"orders of charges":                     {sum.chargeOnly, 378},
		"units":                                 {sum.units, 5_831_928},
		"pence":                                 {sum.money, 1_030_589_201},
		"refused cancellations":                 {sum.refused["CANCELLATION_WITHOUT_RETURN"], 1},
		"refused bad debt":                      {sum.refused["BAD_DEBT"], 3},
		"reasons":                               {int64(len(sum.refused)), 2},
		"rows read":                             {s.Rows(), 525_461},
		"pounds before rounding in thousandths": {sum.moneyE6 / 1000, 10_305_892_024},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %d, want %d", what, c[0], c[1])
		}
	}
}

func TestGeneratedStockMakesAtLeastATenthOfTheLinesMeetScarcity(t *testing.T) {
	drop := realDrop(t, "online-retail-ii", "2009-2010.parquet")
	p, _ := partner.ByID(partner.Shipped(), "online-retail")
	s, err := Open(p, drop)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stock := make(map[string]int64)
	var lines, short int64
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Supply != nil {
			stock[e.Supply.Sku] += e.Supply.Qty
		}
		if e.Adjustment != nil {
			stock[e.Adjustment.Sku] -= e.Adjustment.Qty
		}
		if e.Order == nil {
			continue
		}
		for _, l := range e.Order.Lines {
			if l.Kind != event.LineKindGoods {
				continue
			}
			lines++
			if stock[l.Sku] < l.Qty {
				short++
			}
			stock[l.Sku] -= min(l.Qty, stock[l.Sku])
		}
	}
	t.Logf("%d of %d lines", short, lines)
	if short*10 < lines || short*4 > lines {
		t.Errorf("%d of %d lines meet scarcity, want a tenth to a quarter", short, lines)
	}
}

func TestNorthwindComesOutToTheCent(t *testing.T) {
	drop := realDrop(t, "northwind", "orders.csv", "order_details.csv", "products.csv")
	p, _ := partner.ByID(partner.Shipped(), "northwind")
	s, err := Open(p, drop)
	if err != nil {
		t.Fatal(err)
	}
	sum := total(t, s)
	for what, c := range map[string][2]int64{
		"rows of orders": {sum.rows[Order], 2_155}, "orders": {sum.orders, 830}, "units": {sum.units, 51_317},
		"products": {sum.products, 77}, "units in stock and on order": {sum.supplied, 3_119 + 780}, "reasons": {int64(len(sum.refused)), 0},
		"cents of goods": {sum.money, 126_579_302}, "cents of freight": {sum.shipping, 6_494_269},
		"dollars of goods before rounding in ten thousandths": {sum.moneyE6 / 100, 12_657_930_395},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %d, want %d", what, c[0], c[1])
		}
	}
}

// What each shipper of Northwind carries, and for what freight: the orders as they
// come out, beside what orders.csv and shippers.csv say.
func TestNorthwindShippersEarnTheirFreight(t *testing.T) {
	drop := realDrop(t, "northwind", "orders.csv", "order_details.csv", "products.csv")
	shippers, carried := make(map[string]string), make(map[string]string)
	for _, row := range table(t, drop.Dir, "shippers.csv") {
		shippers[row["shipper_id"]] = row["company_name"]
	}
	for _, row := range table(t, drop.Dir, "orders.csv") {
		carried[row["order_id"]] = shippers[row["ship_via"]]
	}
	p, _ := partner.ByID(partner.Shipped(), "northwind")
	s, err := Open(p, drop)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	orders, freight := make(map[string]int64), make(map[string]int64)
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Order != nil {
			orders[carried[e.Order.ExternalID]]++
			freight[carried[e.Order.ExternalID]] += e.Order.Shipping
		}
	}
	wantOrders := map[string]int64{"Speedy Express": 249, "United Package": 326, "Federal Shipping": 255}
	wantFreight := map[string]int64{"Speedy Express": 1_618_533, "United Package": 2_824_485, "Federal Shipping": 2_051_251}
	if !maps.Equal(orders, wantOrders) || !maps.Equal(freight, wantFreight) {
		t.Errorf("orders %v, cents of freight %v; want %v and %v", orders, freight, wantOrders, wantFreight)
	}
}

// table reads a CSV file with a header, by column.
func table(t *testing.T, dir, name string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := make(map[string]string)
		for n, column := range all[0] {
			row[column] = cells[n]
		}
		rows = append(rows, row)
	}
	return rows
}
