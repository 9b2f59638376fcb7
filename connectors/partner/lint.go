package partner

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// canonical lists the statuses a word may mean.
var canonical = []string{
	string(event.FulfilmentStatusPlanned), string(event.FulfilmentStatusReleaseSent), string(event.FulfilmentStatusAcknowledged),
	string(event.FulfilmentStatusAccepted), string(event.FulfilmentStatusRejected), string(event.FulfilmentStatusPicking),
	string(event.FulfilmentStatusPicked), string(event.FulfilmentStatusShortPicked), string(event.FulfilmentStatusPacking),
	string(event.FulfilmentStatusPacked), string(event.FulfilmentStatusManifested), string(event.FulfilmentStatusShipped),
	string(event.FulfilmentStatusClosed), string(event.FulfilmentStatusOnHold), string(event.FulfilmentStatusCancelRequested),
	string(event.FulfilmentStatusCancelled), string(event.FulfilmentStatusCancelRefused), string(event.FulfilmentStatusIncomplete),
}

// parcels lists the statuses a word of a carrier may mean.
var parcels = []string{
	string(event.ParcelStatusLabelCreated), string(event.ParcelStatusManifested), string(event.ParcelStatusPickedUp), string(event.ParcelStatusInTransit),
	string(event.ParcelStatusOutForDelivery), string(event.ParcelStatusAvailableForPickup), string(event.ParcelStatusAttemptFailed),
	string(event.ParcelStatusDelayed), string(event.ParcelStatusException), string(event.ParcelStatusDelivered),
	string(event.ParcelStatusReturnToSender), string(event.ParcelStatusReturned), string(event.ParcelStatusLost), string(event.ParcelStatusDamaged),
	string(event.ParcelStatusCancelled),
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// lint collects faults, each with the field it is about.
type lint struct{ faults []error }

func (l *lint) want(ok bool, field, format string, args ...any) {
	if !ok {
		l.faults = append(l.faults, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
}

func (l *lint) oneOf(value, field string, allowed ...string) {
	l.want(slices.Contains(allowed, value), field, "is %q; choose one of %s", value, strings.Join(allowed, ", "))
}

// ours are the sources of what we state ourselves, beside those of partners.
var ours = []string{"order", "returns", "stock"}

// Lint returns everything that is wrong with a partner's configuration.
func (c Config) Lint() error {
	l := &lint{}
	l.want(idForm.MatchString(c.ID), "id", "is %q; use lower case letters, digits and dashes", c.ID)
	l.want(!slices.Contains(ours, c.ID), "id", "is %q, by which events name a source of our own; choose another", c.ID)
	l.want(c.Name != "", "name", "is missing")
	l.oneOf(string(c.Role), "role", string(ERP), string(WMS), string(ThreePL), string(Supplier), string(Channel), string(Payment), string(Carrier))
	l.oneOf(c.Transport, "transport", "http", "file", "webhook")
	l.want(c.Limits.PerSecond >= 0, "limits.per_second", "is below 0; leave it out for no limit")
	l.want(c.Limits.Concurrent >= 0 && c.Limits.Concurrent <= 1024, "limits.concurrent", "is %d; use 1 to 1024", c.Limits.Concurrent)
	l.want(c.Limits.Timeout >= 0, "limits.timeout", "is below 0")
	if c.Transport == "http" {
		c.lintHTTP(l)
	}
	if c.Role == WMS || c.Role == ThreePL || c.Role == Supplier {
		c.lintNode(l)
	}
	if c.Role == Supplier {
		c.lintSupplier(l)
	}
	if c.Role == Channel {
		c.lintSells(l)
	}
	if c.Baseline != nil {
		c.Baseline.lint(l)
	}
	if c.Transport == "file" {
		if l.want(c.File != nil, "file", "is missing; say how the files are read"); c.File != nil {
			c.File.lint(l)
		}
	}
	if c.Role == Carrier || c.Scans != nil {
		c.lintScans(l)
	}
	if c.Transport == "webhook" && c.Role != Carrier || c.Webhook != nil {
		c.lintWebhook(l)
	}
	return errors.Join(l.faults...)
}

// lintWebhook: only a channel is told, since what is told is what it can sell.
func (c Config) lintWebhook(l *lint) {
	l.want(c.Role == Channel, "webhook", "is for a channel; a %s is not told what can be sold", c.Role)
	if l.want(c.Webhook != nil, "webhook", "is missing; say where the channel is told"); c.Webhook == nil {
		return
	}
	u, err := url.Parse(c.Webhook.URL)
	l.want(err == nil && (u.Scheme == "https" || u.Scheme == "http" && c.Webhook.Private) && u.Host != "" && u.User == nil, "webhook.url",
		"is %q; use https:// and a host, or http:// if it is private, and no password in it", c.Webhook.URL)
	l.want(len(c.Webhook.Secrets) == 1 || len(c.Webhook.Secrets) == 2, "webhook.secrets", "names %d secrets; use one, or two while one takes the place of the other", len(c.Webhook.Secrets))
	for i, ref := range c.Webhook.Secrets {
		l.want(isReference(ref), fmt.Sprintf("webhook.secrets[%d]", i), "must be env:NAME or file:PATH, never the secret itself")
	}
	if c.Webhook.State != "" {
		l.oneOf(c.Webhook.State, "webhook.state", WebhookActive, WebhookPaused, WebhookRetired)
	}
}

func (c Config) lintHTTP(l *lint) {
	l.want(c.Vendor != "", "vendor", "is missing; name the connector that speaks to it")
	u, err := url.Parse(c.BaseURL)
	l.want(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "base_url", "is %q; use http:// or https:// and a host", c.BaseURL)
	ref := c.Credentials.Bearer
	l.want(ref == "" || isReference(ref), "credentials.bearer", "must be env:NAME or file:PATH, never the secret itself")
}

func (c Config) lintNode(l *lint) {
	if l.want(c.Node != nil, "node", "is missing; name the place that ships"); c.Node != nil {
		l.want(idForm.MatchString(c.Node.ID), "node.id", "is %q; use lower case letters, digits and dashes", c.Node.ID)
		l.want(c.Node.Rank > 0, "node.rank", "is %d; sourcing begins at 1", c.Node.Rank)
		l.oneOf(c.Node.GoodsIssue, "node.goods_issue", "shipment", "movement")
		l.want(c.Node.SafetyStock >= 0, "node.safety_stock", "is below 0")
		l.want(c.Node.Accuracy >= 0 && c.Node.Accuracy <= 100, "node.accuracy", "is %d; it is a percentage", c.Node.Accuracy)
	}
	c.lintStatuses(l, canonical)
}

func (c Config) lintStatuses(l *lint, canonical []string) {
	l.want(c.Statuses.Version != "", "statuses.version", "is missing; it stands in every event made by the table")
	l.want(len(c.Statuses.Words) > 0, "statuses.words", "is empty; every word would be UNMAPPED")
	for _, word := range slices.Sorted(maps.Keys(c.Statuses.Words)) {
		l.oneOf(c.Statuses.Words[word], "statuses.words."+word, canonical...)
	}
}

// lintScans: a carrier only tells, and must show who it is.
func (c Config) lintScans(l *lint) {
	l.want(c.Role == Carrier, "scans", "is for a carrier; a %s does not say where parcels are", c.Role)
	l.want(c.Transport == "webhook", "transport", "of a carrier is webhook; it tells, and is not asked")
	c.lintStatuses(l, parcels)
	if l.want(c.Scans != nil, "scans", "is missing; say for which carriers it speaks, and how it shows who it is"); c.Scans == nil {
		return
	}
	l.want(len(c.Scans.Carriers) > 0 && !slices.Contains(c.Scans.Carriers, ""), "scans.carriers", "is empty; name the carrier as those who ship do")
	l.want(c.Scans.Bearer != "" || len(c.Scans.Secrets) > 0, "scans", "has neither secrets nor bearer; nobody could be told from anybody")
	l.want(len(c.Scans.Secrets) <= 2, "scans.secrets", "names %d secrets; use one, or two while one takes the place of the other", len(c.Scans.Secrets))
	for i, ref := range c.Scans.Secrets {
		l.want(isReference(ref), fmt.Sprintf("scans.secrets[%d]", i), "must be env:NAME or file:PATH, never the secret itself")
	}
	l.want(c.Scans.Bearer == "" || isReference(c.Scans.Bearer), "scans.bearer", "must be env:NAME or file:PATH, never the secret itself")
}

// lintSupplier: what a supplier has is what it says, so its own count must be the one
// that its node stands on, of what is free.
func (c Config) lintSupplier(l *lint) {
	counts := c.Baseline != nil && c.Node != nil && slices.Equal(c.Baseline.Nodes, []string{c.Node.ID})
	l.want(counts, "baseline.nodes", "must be the supplier's own node and no other; its stock is what it counts itself")
	l.want(c.Baseline == nil || !c.Baseline.Net && c.Baseline.Sellable, "baseline", "of a supplier is sellable and not net: what it counts is free, and our orders are found in its decisions")
	l.want(c.Node == nil || c.Node.GoodsIssue == "shipment", "node.goods_issue", "of a supplier is shipment; its goods are its own until then")
}

// classes lists those of differences between accounts.
var classes = []string{
	string(event.VarianceClassMissingEvent), string(event.VarianceClassDuplicate), string(event.VarianceClassUnacknowledged),
	string(event.VarianceClassUnitOfMeasure), string(event.VarianceClassEdited), string(event.VarianceClassUnknown),
}

// maxNewsWithin bounds how long a count waits for its news, and so how many wait.
const maxNewsWithin = 24 * time.Hour

func (b *Baseline) lint(l *lint) {
	l.want(b.Skew >= 0 && b.AckWithin >= 0 && b.Every >= 0, "baseline", "skew, ack_within and every are not below 0")
	if d := b.NewsWithin; d != nil {
		l.want(*d >= 0 && *d <= maxNewsWithin, "baseline.news_within", "is %v; use 0s, which compares a count at once, to %v", *d, maxNewsWithin)
	}
	if s := b.Breaker; s != nil {
		for field, percent := range map[string]int64{"zeroed": s.Zeroed, "changed": s.Changed, "moved": s.Moved} {
			l.want(percent >= 1 && percent <= 100, "baseline.breaker."+field, "is %d; use 1 to 100 percent, where 100 does not bound it", percent)
		}
		l.want(s.Value >= 0, "baseline.breaker.value", "is below 0; leave it out for no bound")
	}
	for _, class := range slices.Sorted(maps.Keys(b.Thresholds)) {
		l.oneOf(class, "baseline.thresholds", classes...)
		l.want(b.Thresholds[class] >= 0, "baseline.thresholds."+class, "is below 0")
	}
}

// maxCredit bounds what a return is credited without an order, minor units.
const maxCredit = 1_000_000_000

func (c Config) lintSells(l *lint) {
	if l.want(c.Sells != nil, "sells", "is missing; say currencies, nodes and what happens on a shortage"); c.Sells == nil {
		return
	}
	l.want(len(c.Sells.Currencies) > 0, "sells.currencies", "is empty")
	for _, currency := range c.Sells.Currencies {
		l.want(len(currency) == 3 && strings.ToUpper(currency) == currency, "sells.currencies", "%q is no ISO 4217 code", currency)
	}
	l.oneOf(c.Sells.Shortage, "sells.shortage", "backorder", "cancel")
	l.want(c.Sells.GiveUpDays >= 0 && c.Sells.GiveUpDays <= 365, "sells.give_up_days", "is %d; it is from 0, for never, to 365", c.Sells.GiveUpDays)
	l.want(c.Sells.MinShelfLifeDays >= 0 && c.Sells.MinShelfLifeDays <= 3650, "sells.min_shelf_life_days", "is %d; it is from 0, for any age, to 3650", c.Sells.MinShelfLifeDays)
	if c.Sells.Items != "" {
		l.oneOf(c.Sells.Items, "sells.items", OurItems, TheirItems)
	}
	if c.Sells.Lost != "" {
		l.oneOf(c.Sells.Lost, "sells.lost", AlertLost, RefundLost, ReshipLost)
	}
	if c.Sells.Returns != "" {
		l.oneOf(c.Sells.Returns, "sells.returns", ByRules, ByERP)
	}
	for _, currency := range slices.Sorted(maps.Keys(c.Sells.UnreferencedCredit)) {
		limit := c.Sells.UnreferencedCredit[currency]
		l.want(slices.Contains(c.Sells.Currencies, currency), "sells.unreferenced_credit", "names %q, in which the channel does not sell", currency)
		l.want(limit > 0 && limit <= maxCredit, "sells.unreferenced_credit."+currency, "is %d; use 1 to %d minor units a return, and leave the currency out to refuse it", limit, maxCredit)
	}
	l.want(len(c.Sells.Nodes) > 0, "sells.nodes", "is empty; nothing could ever ship")
	if c.Transport == "file" {
		l.oneOf(c.Sells.OpeningStock, "sells.opening_stock", "generated", "demand", "file")
	}
}

func (f *File) lint(l *lint) {
	l.want(f.Version != "", "file.version", "is missing; it stands in every event made by the mapping")
	for _, name := range slices.Sorted(maps.Keys(f.Inputs)) {
		f.Inputs[name].lint(l, "file.inputs."+name)
	}
	_, ok := f.Inputs[f.Documents]
	l.want(ok, "file.documents", "is %q, which is no input", f.Documents)
	_, ok = f.Inputs[f.Products]
	l.want(ok || f.Products == "", "file.products", "is %q, which is no input", f.Products)
	l.want((f.Products == "") == (f.ProductMapping == ""), "file.product_mapping", "belongs together with file.products")
	for _, j := range f.Joins {
		_, ok = f.Inputs[j.Input].Columns[j.On]
		l.want(ok, "file.joins", "input %q has no column %q", j.Input, j.On)
	}
	for role, field := range map[string]string{
		"document": f.Fields.Document, "date": f.Fields.Date, "sku": f.Fields.SKU, "quantity": f.Fields.Quantity, "price": f.Fields.Price,
	} {
		l.want(f.has(field), "file.fields."+role, "is %q, which no input has", field)
	}
	for i, r := range f.Rules {
		at := fmt.Sprintf("file.rules[%d]", i)
		l.oneOf(r.As, at+".as", "order", "return", "adjustment", "refused")
		l.want(r.As != "refused" || r.Reason != "", at+".reason", "is missing; refused rows are counted by it")
		for _, field := range slices.Sorted(maps.Keys(r.When)) {
			l.want(f.has(field), at+".when", "no input has a field %q", field)
		}
	}
	l.want(len(f.Rules) > 0 && len(f.Rules[len(f.Rules)-1].When) == 0, "file.rules", "must end with a rule without when, so that every row is something")
	l.want(f.PerCase >= 0, "file.per_case", "is below 0")
	l.want(f.Mapping != "", "file.mapping", "is missing")
}

// has says whether documents have a field: their own or a joined one.
func (f *File) has(field string) bool {
	inputs := []string{f.Documents}
	for _, j := range f.Joins {
		inputs = append(inputs, j.Input)
	}
	return slices.ContainsFunc(inputs, func(name string) bool {
		_, ok := f.Inputs[name].Columns[field]
		return ok
	})
}

func (in Input) lint(l *lint, at string) {
	_, err := path.Match(in.Match, "x")
	l.want(in.Match != "" && err == nil, at+".match", "is %q, which is no pattern", in.Match)
	l.oneOf(in.Format, at+".format", "csv", "parquet")
	l.want(len(in.Columns) > 0, at+".columns", "is empty")
	for _, name := range slices.Sorted(maps.Keys(in.Columns)) {
		c := in.Columns[name]
		l.oneOf(c.Type, at+".columns."+name+".type", "text", "integer", "decimal", "time")
		l.want((c.Type == "time") == (c.Layout != ""), at+".columns."+name+".layout", "belongs to a time and only to it")
	}
}

// lintTogether finds what only shows between partners.
func lintTogether(all []Config) []error {
	l := &lint{}
	nodes := make(map[string]string)
	for _, c := range all {
		if c.Node == nil {
			continue
		}
		l.want(nodes[c.Node.ID] == "", c.ID+": node.id", "node %q belongs to %s already", c.Node.ID, nodes[c.Node.ID])
		nodes[c.Node.ID] = c.ID
	}
	counted := make(map[string]string)
	for _, c := range all {
		if c.Baseline == nil {
			continue
		}
		for _, node := range c.Baseline.Nodes {
			l.want(counted[node] == "", c.ID+": baseline.nodes", "the stock of %q is set by %s already; one source a node", node, counted[node])
			l.want(nodes[node] != "", c.ID+": baseline.nodes", "no partner has a node %q", node)
			counted[node] = c.ID
		}
	}
	for _, c := range all {
		if c.Sells == nil || len(nodes) == 0 {
			continue
		}
		for _, node := range c.Sells.Nodes {
			l.want(nodes[node] != "", c.ID+": sells.nodes", "no partner has a node %q", node)
		}
	}
	return l.faults
}
