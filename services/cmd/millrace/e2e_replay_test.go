//go:build unix

package main_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/returns/returnshttp"
	"github.com/millrace/millrace/testenv"
)

// report is what `millrace replay -o json` prints.
type report struct {
	RowsIn      int64                                        `json:"rows_in"`
	Rows        struct{ Orders, Returns, Adjustments int64 } `json:"rows"`
	RowsRefused map[string]int64                             `json:"rows_refused"`
	orderhttp.Summary
	Returns       returnshttp.Summary `json:"returns"`
	MoneyRounding string              `json:"money_rounding"`
	Oversold      int64               `json:"oversold"`
}

// replay sends files through the whole chain and checks what holds of every
// replay: all orders have ended, every unit and every cent is somewhere.
func replay(t *testing.T, s *server, partner string, files ...string) report {
	t.Helper()
	args := []string{"replay", "--partner", partner, "--wait", "-o", "json"}
	for _, f := range files {
		args = append(args, "--file", f)
	}
	began := time.Now()
	var r report
	unmarshal(t, s.command(t, args...), &r)
	t.Logf("%s: %d rows, %d orders in %.1f s", partner, r.RowsIn, r.Orders.Accepted, time.Since(began).Seconds())
	refused := int64(0)
	for _, n := range r.RowsRefused {
		refused += n
	}
	if o := r.Orders; o.Open != 0 || o.Accepted != o.Completed+o.Backordered+o.Cancelled || len(o.Rejected) > 0 {
		t.Errorf("orders %+v do not add up, or are open", o)
	}
	if r.RowsIn != r.Rows.Orders+r.Rows.Returns+r.Rows.Adjustments+refused {
		t.Errorf("%d rows in, %+v and %d refused out", r.RowsIn, r.Rows, refused)
	}
	if u := r.Units; u.Ordered != u.Shipped+u.Backordered+u.Cancelled {
		t.Errorf("units %+v do not add up", u)
	}
	if l := r.Returns.Lines; l.Open != 0 || l.Goods != l.Matched+l.Over+l.Unmatched || l.Goods+l.Charges != r.Rows.Returns {
		t.Errorf("%d rows came back as lines %+v, which do not add up, or are open", r.Rows.Returns, l)
	}
	if r.Oversold != 0 {
		t.Errorf("%d units are oversold", r.Oversold)
	}
	return r
}

// drop is a small drop in Northwind's form: three good orders, of which the
// third wants more than there ever is, whoever comes first, and a line that
// cannot be read.
var drop = map[string]string{
	"products.csv": `product_id,product_name,supplier_id,category_id,quantity_per_unit,unit_price,units_in_stock,units_on_order,reorder_level,discontinued
1,Tea,1,1,box,2.5,10,0,0,0
2,Cheese,1,1,wheel,9.80000019,5,0,0,0
`,
	"orders.csv": `order_id,customer_id,employee_id,order_date,required_date,shipped_date,ship_via,freight,ship_name,ship_address,ship_city,ship_region,ship_postal_code,ship_country
1,ALFKI,1,1996-07-04,1996-08-01,1996-07-16,1,1.25,x,x,x,,12209,Germany
2,ANATR,1,1996-07-05,1996-08-01,1996-07-16,1,0,x,x,x,,05021,Mexico
3,ALFKI,1,1996-07-08,1996-08-01,1996-07-16,1,0.5,x,x,x,,12209,Germany
`,
	"order_details.csv": `order_id,product_id,unit_price,quantity,discount
1,1,2.5,4,0
2,1,2.5,6,0
2,2,9.80000019,3,0.150000006
3,1,2.5,11,0
3,1,2.5,many,0
`,
}

func TestReplayOfASmallDropIsExactAndRepeatable(t *testing.T) {
	folder := t.TempDir()
	for name, text := range drop {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dev := startDev(t, t.TempDir(), "--traffic", "off")
	for range 2 { // the same files again are the same run
		r := replay(t, dev, "northwind", folder)
		if r.RowsIn != 5 || r.Rows.Orders != 4 || len(r.RowsRefused) != 1 {
			t.Errorf("rows are %d: %+v and %v refused, want 4 of orders and 1 refused", r.RowsIn, r.Rows, r.RowsRefused)
		}
		if o := r.Orders; o.Accepted != 3 || o.Completed != 2 || o.Backordered != 1 {
			t.Errorf("orders are %+v, want 2 completed and 1 backordered", o)
		}
		// 10.00 + 1.25, 15.00 + 3 x 8.33, and 27.50 + 0.50 that waits
		if r.Money["USD"] != "79.24" || r.Units.Ordered != 24 || r.Invoiced["USD"] != "51.24" || r.Units.Shipped != 13 || r.LinesShort != 1 {
			t.Errorf("money %v, invoiced %v, units %+v, %d lines short; want 79.24, 51.24, 13 of 24 shipped, 1 line short", r.Money, r.Invoiced, r.Units, r.LinesShort)
		}
	}
	agreed(t, dev)
	once(t, dev.client)
}

func TestReplayOfNorthwindIsExact(t *testing.T) {
	folder := testenv.Data(t, "northwind")
	dev := startDev(t, t.TempDir(), "--traffic", "off")
	northwind(t, dev, folder)
	agreed(t, dev)
}

// northwind replays the real file: it sells far more than it has.
func northwind(t *testing.T, s *server, folder string) {
	t.Helper()
	r := replay(t, s, "northwind", folder)
	if r.RowsIn != 2_155 || r.Rows.Orders != 2_155 || r.Orders.Accepted != 830 || r.Units.Ordered != 51_317 {
		t.Errorf("%d rows, %d of orders, %d orders, %d units; want 2155, 2155, 830, 51317", r.RowsIn, r.Rows.Orders, r.Orders.Accepted, r.Units.Ordered)
	}
	// Goods of 1,265,793.0395 before rounding and freight of 64,942.69.
	if r.Money["USD"] != "1330735.71" || r.MoneyRounding != "0.0195" {
		t.Errorf("%s dollars, %s more before rounding; want 1330735.71 and 0.0195", r.Money["USD"], r.MoneyRounding)
	}
	if r.Units.Shipped == 0 || r.Units.Shipped > 3_119+780 || r.LinesShort*10 < r.RowsIn {
		t.Errorf("%d units shipped of 3899 that there are, %d lines short", r.Units.Shipped, r.LinesShort)
	}
}

// sale is a row of Online Retail II.
type sale struct {
	Invoice     *string  `parquet:"invoice,optional"`
	StockCode   *string  `parquet:"stock_code,optional"`
	Description *string  `parquet:"description,optional"`
	Quantity    *int64   `parquet:"quantity,optional"`
	InvoiceDate *string  `parquet:"invoice_date,optional"`
	UnitPrice   *float64 `parquet:"unit_price,optional"`
	CustomerID  *string  `parquet:"customer_id,optional"`
	Country     *string  `parquet:"country,optional"`
}

// month is the part of the year that begins with a prefix of the date, and what
// it must come to, counted here by the rules of the data and by nothing of ours.
type month struct {
	path          string
	rows          map[string]int64 // by what they are
	orders, units int64
	pence         int64
	thousandths   int64 // of pounds, before rounding
}

func newMonth(t *testing.T, year, prefix string) *month {
	t.Helper()
	in, err := os.Open(year)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	m := &month{path: filepath.Join(t.TempDir(), "month.parquet"), rows: make(map[string]int64)}
	out, err := os.Create(m.path)
	if err != nil {
		t.Fatal(err)
	}
	reader, writer := parquet.NewGenericReader[sale](in), parquet.NewGenericWriter[sale](out)
	orders := make(map[string]bool)
	batch := make([]sale, 1024)
	for {
		n, err := reader.Read(batch)
		for _, row := range batch[:n] {
			if !strings.HasPrefix(*row.InvoiceDate, prefix) {
				continue
			}
			if _, err := writer.Write([]sale{row}); err != nil {
				t.Fatal(err)
			}
			m.count(&row, orders)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m.orders = int64(len(orders))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *month) count(row *sale, orders map[string]bool) {
	switch kind := (*row.Invoice)[0]; {
	case kind == 'C' && *row.Quantity < 0:
		m.rows["return"]++
	case kind == 'C', kind == 'A':
		m.rows["refused"]++
	case *row.Quantity < 0, *row.UnitPrice == 0:
		m.rows["adjustment"]++
	default:
		m.rows["order"]++
		orders[*row.Invoice] = true
		m.units += *row.Quantity
		exact := thousandths(*row.Quantity, *row.UnitPrice)
		m.thousandths += exact
		m.pence += pence(exact)
	}
}

// thousandths is quantity times price; a price has at most three digits behind the
// point.
func thousandths(quantity int64, price float64) int64 {
	exact, _ := new(big.Rat).SetString(fmt.Sprintf("%.3f", price))
	return exact.Mul(exact, big.NewRat(1000*quantity, 1)).Num().Int64()
}

// pence rounds half to even.
func pence(thousandths int64) int64 {
	whole, rest := thousandths/10, thousandths%10
	if rest > 5 || rest == 5 && whole%2 == 1 {
		whole++
	}
	return whole
}

// check compares a replay with what was counted.
func (m *month) check(t *testing.T, r report) {
	t.Helper()
	refused := int64(0)
	for _, n := range r.RowsRefused {
		refused += n
	}
	got := map[string]int64{"order": r.Rows.Orders, "return": r.Rows.Returns, "adjustment": r.Rows.Adjustments}
	if refused > 0 {
		got["refused"] = refused
	}
	if !maps.Equal(got, m.rows) {
		t.Errorf("rows became %v, want %v", got, m.rows)
	}
	money := fmt.Sprintf("%d.%02d", m.pence/100, m.pence%100)
	if r.Orders.Accepted != m.orders || r.Units.Ordered != m.units || r.Money["GBP"] != money {
		t.Errorf("%d orders, %d units, %s pounds; want %d, %d, %s", r.Orders.Accepted, r.Units.Ordered, r.Money["GBP"], m.orders, m.units, money)
	}
	if want := strconv.FormatFloat(float64(m.thousandths-10*m.pence)/1000, 'f', -1, 64); r.MoneyRounding != want {
		t.Errorf("%s pounds more before rounding, want %s", r.MoneyRounding, want)
	}
	if r.LinesShort*10 < r.Rows.Orders {
		t.Errorf("%d of %d lines meet scarcity, want a tenth", r.LinesShort, r.Rows.Orders)
	}
}

func TestReplayOfAMonthIsExactToThePenny(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIP replay: -short replays no month")
	}
	m := newMonth(t, testenv.Data(t, "online-retail-ii/2009-2010.parquet"), "2010-02")
	data := t.TempDir()
	dev := startDev(t, data, "--traffic", "off")
	m.check(t, replay(t, dev, "online-retail", m.path))
	conserved(t, dev.client)
	agreed(t, dev)
	if got, want := dev.returned(t), lookedUp(t, dev.client); got != want || want.Matched == 0 || want.Over == 0 || want.Unmatched == 0 {
		t.Errorf("lines that came back are %+v, by what left to whom they are %+v", got, want)
	}
	before := dev.summary(t)
	dev.stop(t)

	began := time.Now()
	dev = startDev(t, data, "--traffic", "off")
	t.Logf("a folder with a month opens in %.1f s", time.Since(began).Seconds())
	if after := dev.summary(t); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("opened again the sums are %+v, were %+v", after, before)
	}
}

func TestReplayOnRealNeighboursIsExactToo(t *testing.T) {
	t.Parallel() // it waits for other processes most of its time
	folder, year := testenv.Data(t, "northwind"), testenv.Data(t, "online-retail-ii/2009-2010.parquet")
	s := newSite(t)
	one := s.start(t, t.TempDir(), everything)
	northwind(t, one, folder)
	m := newMonth(t, year, "2010-02")
	m.check(t, replay(t, one, "online-retail", m.path))
	conserved(t, one.client)
	sum := one.summary(t)
	until(t, "the partners' books agree", func() error {
		var left int64
		for node, y := range s.yards {
			books := y.Books()
			if left += books.Total.Shipped; books.Documents != books.Keys {
				return fmt.Errorf("%s booked %d documents of %d keys", node, books.Documents, books.Keys)
			}
		}
		books := s.erp.Books()
		if books.Documents != books.Keys || left != sum.Goods.Shipped || books.Units.Ordered != sum.Goods.Ordered ||
			books.Units.Shipped != sum.Goods.Shipped || books.Units.Cancelled != sum.Goods.Cancelled || !maps.Equal(books.Invoiced, sum.Invoiced) {
			return fmt.Errorf("the ERP has %+v, %d units left the nodes, ours are %+v invoiced %v", books.Units, left, sum.Goods, sum.Invoiced)
		}
		return nil
	})
	one.stop(t)
}
