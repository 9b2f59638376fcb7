// Package demo is what `millrace dev` is filled with: a catalogue of a
// wholesaler of workshop goods, opening stock at three nodes, and customers who
// order. Everything follows from a seed.
package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// Nodes are the places that ship, in the order in which orders try them.
var Nodes = []string{"north", "south", "harbor"}

// article is a product before it has a SKU.
type article struct {
	name     string
	sizes    []string
	price    int64 // millionths of a euro for the first size
	perCase  int64
	scarcity int64 // opening units a node; 0 means plenty
}

var articles = []article{
	{"Hex bolt, zinc", []string{"M6x40", "M8x60", "M10x80"}, 180_000, 100, 0},
	{"Wood screw, torx", []string{"4x40", "5x60", "6x100"}, 60_000, 200, 0},
	{"Washer, stainless", []string{"M6", "M8", "M10"}, 30_000, 500, 0},
	{"Cordless drill 18 V", []string{"bare", "2 x 4 Ah"}, 89_000_000, 4, 400},
	{"Drill bit set, HSS", []string{"13 pcs", "25 pcs"}, 14_500_000, 20, 0},
	{"Work gloves, nitrile", []string{"M", "L", "XL"}, 3_200_000, 60, 0},
	{"Safety glasses, clear", []string{"one size"}, 6_900_000, 48, 0},
	{"Ratchet strap 5 m", []string{"25 mm", "50 mm"}, 8_400_000, 24, 0},
	{"LED work light", []string{"20 W", "50 W"}, 27_900_000, 8, 60},
	{"Cable reel 40 m", []string{"IP44"}, 64_000_000, 2, 25},
	{"Silicone, sanitary", []string{"white", "grey", "clear"}, 5_450_000, 24, 0},
	{"Paint roller set", []string{"25 cm"}, 7_800_000, 12, 0},
	{"Spirit level", []string{"60 cm", "100 cm"}, 18_300_000, 10, 150},
	{"Pallet wrap 500 mm", []string{"23 my"}, 9_990_000, 6, 0},
}

// plenty is the opening stock of what is not scarce, in units a node.
const plenty = 60_000

// Catalogue returns the products, SKUs from WS-1001 on, as of at.
func Catalogue(at time.Time) []event.ProductPublished {
	var all []event.ProductPublished
	for _, a := range articles {
		for n, size := range a.sizes {
			all = append(all, event.ProductPublished{
				Sku: fmt.Sprintf("WS-%d", 1001+len(all)), Name: a.name + " " + size, Uom: "EA",
				UnitsPerCase: a.perCase, PriceE6: a.price * int64(2+n) / 2, Currency: "EUR",
				Kind: event.LineKindGoods, Active: true, Version: 1, PublishedAt: at,
			})
		}
	}
	return all
}

// Opening returns the stock that arrives before the first order.
func Opening(products []event.ProductPublished, at time.Time) []event.InventorySupply {
	scarce := make(map[string]int64)
	for _, a := range articles {
		for _, size := range a.sizes {
			scarce[a.name+" "+size] = a.scarcity
		}
	}
	var all []event.InventorySupply
	for _, p := range products {
		for _, node := range Nodes {
			qty := scarce[p.Name]
			if qty == 0 {
				qty = plenty
			}
			document := "OPENING-" + node
			all = append(all, event.InventorySupply{
				SupplyID: uuid.NewSHA1(event.NS, []byte("demo supply "+p.Sku+" "+node)).String(),
				Sku:      p.Sku, Node: node, Qty: qty, Uom: "EA", Due: at, Document: document,
				Kind: event.SupplyKindOpening, Source: "demo",
			})
		}
	}
	return all
}

// Supplier makes what nobody else has, and ships it for us.
const Supplier = "works"

// Made returns the products that only the supplier has, and how many it has of each.
func Made(at time.Time) (products []event.ProductPublished, pieces int64) {
	for n, name := range []string{"Workbench 1500 mm", "Tool cabinet, 7 drawers"} {
		products = append(products, event.ProductPublished{
			Sku: fmt.Sprintf("WS-%d", 2001+n), Name: name, Uom: "EA", UnitsPerCase: 1, PriceE6: 349_000_000, Currency: "EUR",
			Kind: event.LineKindGoods, Active: true, Version: 1, PublishedAt: at,
		})
	}
	return products, plenty
}

// Line is a line of a demo order.
type Line struct {
	SKU      string
	Quantity int64
	PriceE6  int64
}

// Order is what a demo customer wants.
type Order struct {
	Channel, ExternalID, Currency string
	Customer, Country             string
	ShipComplete                  bool
	Lines                         []Line
}

// Customers draws orders; the same seed gives the same sequence.
type Customers struct {
	rng      *rand.Rand
	products []event.ProductPublished
	run      string
	count    int
}

// NewCustomers draws from products. run keeps the order numbers of one start
// apart from those of another.
func NewCustomers(seed uint64, run string, products []event.ProductPublished) *Customers {
	return &Customers{rng: rand.New(rand.NewPCG(seed, 7)), products: products, run: run}
}

var countries = []string{"DE", "DE", "DE", "AT", "CH", "NL", "FR"}

// Next draws an order of one to six lines.
func (c *Customers) Next() Order {
	c.count++
	channel := []string{"shop", "shop", "marketplace"}[c.rng.IntN(3)]
	o := Order{
		Channel: channel, ExternalID: fmt.Sprintf("%s-%05d", c.run, c.count), Currency: "EUR",
		Customer: fmt.Sprintf("C-%03d", 100+c.rng.IntN(80)), Country: countries[c.rng.IntN(len(countries))],
		ShipComplete: c.rng.IntN(3) == 0,
	}
	for _, at := range c.rng.Perm(len(c.products))[:1+c.rng.IntN(6)] {
		p := c.products[at]
		o.Lines = append(o.Lines, Line{SKU: p.Sku, Quantity: 1 + c.rng.Int64N(p.UnitsPerCase/2+2), PriceE6: p.PriceE6})
	}
	return o
}

// Document is the order as POST /v1/orders takes it.
func (o Order) Document() any {
	lines := make([]map[string]any, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = map[string]any{"sku": l.SKU, "quantity": l.Quantity, "unit_price": fmt.Sprintf("%d.%06d", l.PriceE6/1e6, l.PriceE6%1e6)}
	}
	party := map[string]string{"id": o.Customer, "country": o.Country}
	return map[string]any{
		"channel": o.Channel, "external_id": o.ExternalID, "currency": o.Currency, "customer": party, "ship_to": party,
		"ship_complete": o.ShipComplete, "lines": lines,
	}
}
