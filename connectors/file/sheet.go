package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/bojanz/currency"
	"github.com/google/uuid"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
)

// sheet is the canonical document that a mapping makes of an order, a return or
// an adjustment. Quantities are positive, prices in millionths.
type sheet struct {
	ExternalID    string      `json:"external_id"`
	At            time.Time   `json:"at"`
	Customer      party       `json:"customer"`
	ShipTo        *party      `json:"ship_to"` // the customer when absent
	ShippingE6    int64       `json:"shipping_e6"`
	PurchaseOrder string      `json:"purchase_order"`
	Reason        string      `json:"reason"`
	Lines         []sheetLine `json:"lines"`
}

type party struct {
	ID         string `json:"id"`
	Country    string `json:"country"`
	Region     string `json:"region"`
	PostalArea string `json:"postal_area"`
}

type sheetLine struct {
	Line        int            `json:"line"`
	SKU         string         `json:"sku"`
	Kind        event.LineKind `json:"kind"`
	Quantity    int64          `json:"quantity"`
	UnitPriceE6 int64          `json:"unit_price_e6"`
	Description string         `json:"description"`
	Reason      string         `json:"reason"`
	// MinExpiry is the day before which units of an ordered line must not expire, as
	// the moment at which it begins in UTC; none when any will do.
	MinExpiry *time.Time `json:"min_expiry"`
}

// product is the canonical row of a product file.
type product struct {
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	PriceE6 int64  `json:"price_e6"`
	OnHand  int64  `json:"on_hand"`
	OnOrder int64  `json:"on_order"`
}

// canonical is what a mapping may make: exactly one of these.
type canonical struct {
	Order      *sheet `json:"order"`
	Return     *sheet `json:"return"`
	Adjustment *sheet `json:"adjustment"`
}

const maxQuantity = 1_000_000_000 // units of a line

// decode reads what a mapping made, strictly, and returns its JSON too.
func decode[T any](made any, into *T) ([]byte, error) {
	text, err := json.Marshal(made)
	if err != nil {
		return nil, fmt.Errorf("writing canonical document: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return nil, fmt.Errorf("the mapping made no canonical document: %w", err)
	}
	return text, nil
}

// check holds what no type can say.
func (s *sheet) check() error {
	if s.ExternalID == "" || s.At.IsZero() || len(s.Lines) == 0 {
		return errors.New("a canonical document needs external_id, at and lines")
	}
	for _, l := range s.Lines {
		if l.SKU == "" || l.Quantity < 1 || l.Quantity > maxQuantity {
			return fmt.Errorf("line %d: sku %q with quantity %d; want a sku and 1 to %d", l.Line, l.SKU, l.Quantity, maxQuantity)
		}
		if l.Kind != event.LineKindGoods && l.Kind != event.LineKindCharge && l.Kind != event.LineKindService {
			return fmt.Errorf("line %d: kind %q", l.Line, l.Kind)
		}
		if at := l.MinExpiry; at != nil && !at.Equal(at.Truncate(day)) {
			return fmt.Errorf("line %d: min_expiry is %s; want a day, as the moment at which it begins in UTC", l.Line, at.Format(time.RFC3339))
		}
	}
	return nil
}

// rate turns millionths of a currency's unit into its minor units.
type rate struct{ per int64 } // millionths in a minor unit

func rateOf(code string) (rate, error) {
	digits, ok := currency.GetDigits(code)
	if !ok || digits > 6 {
		return rate{}, fmt.Errorf("currency %q is not in ISO 4217", code)
	}
	per := int64(1_000_000)
	for range digits {
		per /= 10
	}
	return rate{per}, nil
}

// errRange is an amount beyond what an event can hold.
var errRange = errors.New("an amount is out of range")

// minor is quantity x price rounded once, half to even, in minor units; exact is
// the same before rounding, in millionths.
func (r rate) minor(quantity, priceE6 int64) (minor, exact int64, err error) {
	product := new(big.Int).Mul(big.NewInt(quantity), big.NewInt(priceE6))
	if !product.IsInt64() {
		return 0, 0, errRange
	}
	exact = product.Int64()
	minor = exact / r.per
	rest := exact % r.per
	up := int64(1)
	if rest < 0 {
		rest, up = -rest, -1
	}
	if twice := 2 * rest; twice > r.per || (twice == r.per && minor%2 != 0) {
		minor += up
	}
	return minor, exact, nil
}

// maker makes events of sheets for one channel.
type maker struct {
	partner  partner.Config
	currency string
	rate     rate
}

func (m *maker) source() string { return "file:" + m.partner.ID }

func (p party) ref() event.PartyRef {
	return event.PartyRef{PartyID: p.ID, Country: p.Country, Region: p.Region, PostalArea: p.PostalArea}
}

// order makes an order of a sheet; exact is the sum of its lines before
// rounding, in millionths.
func (m *maker) order(s *sheet, text []byte) (o *event.OrderSubmit, exact int64, err error) {
	digest := sha256.Sum256(text)
	id := event.OrderID(m.partner.ID, s.ExternalID)
	hash := hex.EncodeToString(digest[:])
	o = &event.OrderSubmit{
		SubmissionID: uuid.NewSHA1(event.NS, []byte("submission\x1f"+id+"\x1f"+hash)).String(), OrderID: id,
		Channel: m.partner.ID, ExternalID: s.ExternalID, Customer: s.Customer.ref(), ShipTo: s.Customer.ref(), Currency: m.currency,
		OrderedAt: s.At.UTC(), ShipComplete: m.partner.Sells.ShipComplete, Shortage: event.ShortagePolicy(m.partner.Sells.Shortage),
		BodyHash: hash, Source: m.source(), PurchaseOrder: s.PurchaseOrder, Lines: make([]event.OrderLine, len(s.Lines)),
	}
	if s.ShipTo != nil {
		o.ShipTo = s.ShipTo.ref()
	}
	if o.Shipping, _, err = m.rate.minor(1, s.ShippingE6); err != nil {
		return nil, 0, err
	}
	o.Total = o.Shipping
	for i, l := range s.Lines {
		amount, raw, err := m.rate.minor(l.Quantity, l.UnitPriceE6)
		if err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", l.Line, err)
		}
		exact += raw
		o.Total += amount
		o.Lines[i] = event.OrderLine{
			LineID: strconv.Itoa(l.Line), Sku: l.SKU, Kind: l.Kind, Qty: l.Quantity, Uom: "EA",
			UnitPriceE6: l.UnitPriceE6, Amount: amount, Description: l.Description, MinExpiry: utc(l.MinExpiry),
			Unmapped: l.Kind == event.LineKindGoods && m.partner.Sells.Items == partner.TheirItems,
		}
	}
	return o, exact, nil
}

// utc is a moment as all events state theirs, nil for none.
func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	same := at.UTC()
	return &same
}

func (m *maker) giveBack(s *sheet) (*event.ReturnRequested, error) {
	r := &event.ReturnRequested{
		ReturnID: event.ReturnID(m.partner.ID, s.ExternalID), Channel: m.partner.ID, ExternalID: s.ExternalID, Customer: s.Customer.ref(),
		Currency: m.currency, RequestedAt: s.At.UTC(), Reason: s.Reason, Lines: make([]event.ReturnLine, len(s.Lines)),
	}
	for i, l := range s.Lines {
		amount, _, err := m.rate.minor(l.Quantity, l.UnitPriceE6)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", l.Line, err)
		}
		r.Lines[i] = event.ReturnLine{LineID: strconv.Itoa(l.Line), Sku: l.SKU, Kind: l.Kind, Qty: l.Quantity, UnitPriceE6: l.UnitPriceE6, Amount: amount}
	}
	return r, nil
}

// adjust takes units off at the channel's first node. Charges have no stock.
func (m *maker) adjust(s *sheet) []*event.InventoryMovement {
	var all []*event.InventoryMovement
	node := m.partner.Sells.Nodes[0]
	for _, l := range s.Lines {
		if l.Kind != event.LineKindGoods {
			continue
		}
		name := m.source() + "\x1f" + s.ExternalID + "\x1f" + strconv.Itoa(l.Line)
		all = append(all, &event.InventoryMovement{
			EntryID: uuid.NewSHA1(event.NS, []byte(name)).String(), Sku: l.SKU, Node: node, Owner: "own", Qty: l.Quantity,
			From: event.StockConditionSellable, To: event.StockConditionOutside, Source: m.source(), EffectiveAt: s.At.UTC(),
			Document: s.ExternalID, Reason: l.Reason,
		})
	}
	return all
}
