// Package partner is the configuration of foreign systems: one YAML file a
// partner says who it is, how it is reached, what its words mean and how its
// files become events. The files that ship with Millrace stand beside the code
// and are built in (Shipped); a deployment adds its own folder (Load).
//
// A file is read strictly: a field that does not exist is an error, and all
// faults of a file are reported together with what to do. partner.schema.json
// is the same contract for editors.
package partner

import (
	"time"
)

// Role is what a partner is to us.
type Role string

// The roles.
const (
	ERP      Role = "erp"      // the system of record
	WMS      Role = "wms"      // the system of an own warehouse
	ThreePL  Role = "threepl"  // a firm that stores and ships for us
	Supplier Role = "supplier" // ships its own goods for us
	Channel  Role = "channel"  // sells, and sends orders
	Payment  Role = "payment"  // takes money from buyers and gives it back
	Carrier  Role = "carrier"  // brings parcels, and says where they are
)

// Config is one partner.
type Config struct {
	ID          string      `yaml:"id"`          // unique, lower case, as in file name and metrics
	Name        string      `yaml:"name"`        // for people
	Role        Role        `yaml:"role"`        // what it is to us
	Vendor      string      `yaml:"vendor"`      // which connector speaks to it; none for files
	Transport   string      `yaml:"transport"`   // http, file, or webhook for a channel that is only told and a carrier that tells
	BaseURL     string      `yaml:"base_url"`    // of an HTTP partner, without a path's end
	Credentials Credentials `yaml:"credentials"` // by reference, never by value
	Limits      Limits      `yaml:"limits"`      // what the partner bears
	Node        *Node       `yaml:"node"`        // of a wms, threepl or supplier
	Statuses    Statuses    `yaml:"statuses"`    // the partner's words
	Baseline    *Baseline   `yaml:"baseline"`    // of one that sends what it counts
	Sells       *Sells      `yaml:"sells"`       // of a channel
	File        *File       `yaml:"file"`        // how the files of a channel are read
	Webhook     *Webhook    `yaml:"webhook"`     // where a channel is told what can be sold
	Scans       *Scans      `yaml:"scans"`       // of a carrier
}

// Credentials names where a secret is kept: env:NAME or file:PATH.
type Credentials struct {
	Bearer string `yaml:"bearer"` // sent as Authorization: Bearer
}

// Limits bounds the calls to a partner.
type Limits struct {
	PerSecond  float64       `yaml:"per_second"` // calls a second; 0 is without limit
	Concurrent int           `yaml:"concurrent"` // calls at once; default 8
	Timeout    time.Duration `yaml:"timeout"`    // of one call; default 10 s
}

// Node is a place that ships.
type Node struct {
	ID   string `yaml:"id"`   // as in stock and orders
	Name string `yaml:"name"` // for people
	Rank int    `yaml:"rank"` // order of sourcing, 1 first
	// GoodsIssue says what moves stock when goods leave: "shipment" is the
	// confirmed shipment, "movement" the node's own goods issue. The other one is
	// compared with it.
	GoodsIssue string `yaml:"goods_issue"`
	// SafetyStock is how many base units of each item are never promised there; of a
	// supplier it is how far its count is not trusted.
	SafetyStock int64 `yaml:"safety_stock"`
	// Accuracy is the percent of its units that accounts have to agree on, else it is
	// asked to count; 0 never asks.
	Accuracy int64 `yaml:"accuracy"`
}

// Baseline is what a partner contains in its accounts of stock. They name it by its
// id, as all does that comes from it.
type Baseline struct {
	Nodes     []string      `yaml:"nodes"`      // whose stock its accounts set; those of others are compared
	Net       bool          `yaml:"net"`        // what it has allocated is left out, and each row says how much
	Sellable  bool          `yaml:"sellable"`   // only sellable units are counted
	Skew      time.Duration `yaml:"skew"`       // how far its clock may be off
	AckWithin time.Duration `yaml:"ack_within"` // how long it may take to take note of what we tell it; default 24 h
	// NewsWithin is how long after a count news may come of movements that it contains:
	// only then the count is compared. Default 15 min; 0s compares at once.
	NewsWithin *time.Duration `yaml:"news_within"`
	Every      time.Duration  `yaml:"every"`   // how often a supplier is asked what it has free; default 1 min
	Breaker    *Breaker       `yaml:"breaker"` // what a person looks at first; none takes that of the installation
	// Thresholds are the units from which a difference is published, by its class;
	// without one every unit is.
	Thresholds map[string]int64 `yaml:"thresholds"`
}

// Breaker bounds what a baseline changes without a person.
type Breaker struct {
	Zeroed  int64 `yaml:"zeroed"`  // percent of the items in stock that go to nothing
	Changed int64 `yaml:"changed"` // percent of the rows that differ
	Moved   int64 `yaml:"moved"`   // percent of the units by which rows differ
	Value   int64 `yaml:"value"`   // minor units by which rows differ; 0 does not bound it
}

// Statuses is what a partner's words mean: of a carrier about parcels, of others about
// fulfilments.
type Statuses struct {
	Version string            `yaml:"version"` // stands in every event made by it
	Words   map[string]string `yaml:"words"`   // their word to the canonical status
}

// Sells is how a channel sells.
type Sells struct {
	Currencies   []string `yaml:"currencies"`    // ISO 4217, the first is that of its files
	ShipComplete bool     `yaml:"ship_complete"` // an order leaves whole or not at all
	Shortage     string   `yaml:"shortage"`      // backorder or cancel
	GiveUpDays   int      `yaml:"give_up_days"`  // after a promised date, until what did not come is cancelled; 0 waits for ever
	Nodes        []string `yaml:"nodes"`         // that may ship for it, in order of sourcing
	OpeningStock string   `yaml:"opening_stock"` // generated, demand or file
	Items        string   `yaml:"items"`         // whose numbers its orders name: ours, which is the default, or theirs
	Lost         string   `yaml:"lost"`          // how what left and does not arrive is made good: refund, reship, or alert, which is the default
	Returns      string   `yaml:"returns"`       // who says whether its returns may come: rules, which is the default, or erp beside them
	// MinShelfLifeDays is how long goods must live beyond the day on which they are wanted,
	// or ordered if nothing is said, unless their line names a date; 0 demands nothing.
	MinShelfLifeDays int64 `yaml:"min_shelf_life_days"`
	// UnreferencedCredit is how much people may credit a return of goods of which no order
	// is known, minor units by currency; one that is not there is refused.
	UnreferencedCredit map[string]int64 `yaml:"unreferenced_credit"`
}

// How what left and does not arrive is made good.
const (
	AlertLost  = "alert" // people decide
	RefundLost = "refund"
	ReshipLost = "reship"
)

// Who says whether a channel's returns may come.
const (
	ByRules = "rules"
	ByERP   = "erp"
)

// Whose numbers name the items of a channel's orders.
const (
	OurItems   = "ours"
	TheirItems = "theirs"
)

// Webhook is where a channel is told what can be sold, whenever that changes.
type Webhook struct {
	URL string `yaml:"url"` // https, unless it is private
	// Secrets sign what is sent, env:NAME or file:PATH, the newest first: two while
	// one takes the place of the other.
	Secrets []string `yaml:"secrets"`
	// State is active, which is the default; paused keeps what it has to be told;
	// retired forgets it, after which the webhook may be taken out of the file.
	State string `yaml:"state"`
	// Private lets it be in a network of one's own.
	Private bool `yaml:"private"`
}

// Scans is how a carrier says where parcels are.
type Scans struct {
	// Carriers are the names, as those who ship write them, of the carriers that it
	// speaks for; the first is meant when it says none.
	Carriers []string `yaml:"carriers"`
	// Secrets sign what it sends as a Standard Webhook, env:NAME or file:PATH, the newest
	// first: two while one takes the place of the other.
	Secrets []string `yaml:"secrets"`
	// Bearer is the token that it shows instead, env:NAME or file:PATH.
	Bearer string `yaml:"bearer"`
}

// The states of a webhook.
const (
	WebhookActive  = "active"
	WebhookPaused  = "paused"
	WebhookRetired = "retired"
)

// File is how a channel's files become orders, returns, adjustments, products
// and stock.
type File struct {
	Version   string           `yaml:"version"`   // of this mapping; stands in every event made by it
	Inputs    map[string]Input `yaml:"inputs"`    // by name
	Documents string           `yaml:"documents"` // input whose rows make documents
	Products  string           `yaml:"products"`  // input of products; empty makes them of the rows
	Joins     []Join           `yaml:"joins"`     // other inputs' fields added to the document rows
	Fields    Fields           `yaml:"fields"`    // which field is what
	Rules     []Rule           `yaml:"rules"`     // what a row is; the first that fits decides
	Charges   []string         `yaml:"charges"`   // skus that are money only; * stands for any end
	PerCase   int64            `yaml:"per_case"`  // units in a case of each product; default 1
	// Tables translate values in the mapping, where they are $tables.NAME.
	Tables map[string]map[string]string `yaml:"tables"`
	// Mapping is jq: a document to canonical ones. A line of an order may say
	// min_expiry: the day before which its units must not expire, such as a column of
	// type time with the layout 2006-01-02 that may be empty.
	Mapping string `yaml:"mapping"`
	// ProductMapping is jq: a row of Products to {sku, name, price_e6, on_hand, on_order}.
	ProductMapping string `yaml:"product_mapping"`
}

// Input is one file of a drop.
type Input struct {
	Match   string            `yaml:"match"`   // pattern of the file's name, as in a shell
	Format  string            `yaml:"format"`  // csv or parquet
	Columns map[string]Column `yaml:"columns"` // that are read; others are passed over
}

// Column is the type of a column's values.
type Column struct {
	// Type is text, integer, decimal (millionths) or time.
	Type string `yaml:"type"`
	// Layout of a time, as in Go; times without a zone are UTC.
	Layout string `yaml:"layout"`
	// Float32 says that decimals were written from 32-bit floats: the shortest
	// decimal that gives the same float is what was meant.
	Float32 bool `yaml:"float32"`
	Trim    bool `yaml:"trim"`  // of a text: without spaces around it
	Upper   bool `yaml:"upper"` // of a text: in capitals
	Empty   bool `yaml:"empty"` // may be missing; it is then null
}

// Join adds the fields of the row of Input whose field On equals ours.
type Join struct {
	Input string `yaml:"input"`
	On    string `yaml:"on"`
}

// Fields names the fields that the reader itself needs.
type Fields struct {
	Document string `yaml:"document"` // rows with the same value are one document
	Date     string `yaml:"date"`
	SKU      string `yaml:"sku"`
	Quantity string `yaml:"quantity"`
	Price    string `yaml:"price"`
	Name     string `yaml:"name"` // of the product
}

// Rule says what a row is when all its conditions hold.
type Rule struct {
	When   map[string]Test `yaml:"when"`   // by field; none always holds
	As     string          `yaml:"as"`     // order, return, adjustment or refused
	Reason string          `yaml:"reason"` // code of a refusal or an adjustment
}

// Test is a condition on one field; what is set must hold. Numbers of decimals
// are whole units of the field, not millionths.
type Test struct {
	Prefix string `yaml:"prefix"`
	Below  *int64 `yaml:"below"`
	Above  *int64 `yaml:"above"`
	Equals *int64 `yaml:"equals"`
}
