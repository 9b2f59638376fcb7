package sandbox

import (
	"fmt"
	"time"
)

// vault is the payment provider's book, pure: what is set aside for whom, taken
// and given back, in minor units.
type vault struct {
	holds      map[string]*hold      // by the provider's number
	operations map[string]*operation // by reference
	sums       map[string]*BankSums  // by currency
	keys       map[string]int
	repeats    int
	declined   int
}

// BankSums is money of one currency, minor units.
type BankSums struct {
	Authorised int64 `json:"authorised"`
	Captured   int64 `json:"captured"`
	Reversed   int64 `json:"reversed"`
	Refunded   int64 `json:"refunded"`
}

// hold is money set aside on a card.
type hold struct {
	BankSums
	currency string
	expires  time.Time
}

// operationDoc is what a merchant asks for. Order and shopper belong to an
// authorization, the number of an authorization to everything else.
type operationDoc struct {
	Reference     string `json:"reference"`
	Order         string `json:"order,omitempty"`
	Shopper       string `json:"shopper,omitempty"`
	Authorization string `json:"authorization,omitempty"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
}

// operation is what became of it, and a line of the provider's journal.
type operation struct {
	Key  string       `json:"key,omitempty"`
	Hash string       `json:"hash"`
	Kind string       `json:"kind"` // authorizations, captures, reversals or refunds
	Doc  operationDoc `json:"doc"`
	ID   string       `json:"id"`
	Code string       `json:"code,omitempty"` // why it was declined
	At   time.Time    `json:"at"`
	// Expires is when an authorization lapses.
	Expires *time.Time `json:"expires,omitempty"`
}

func newVault() *vault {
	return &vault{holds: make(map[string]*hold), operations: make(map[string]*operation), sums: make(map[string]*BankSums), keys: make(map[string]int)}
}

// check says what is wrong with a document itself, for good.
func (v *vault) check(o *operation) error {
	switch h := v.holds[o.Doc.Authorization]; {
	case o.Doc.Amount <= 0 || len(o.Doc.Currency) != 3:
		return fmt.Errorf("an operation is about an amount above zero of a currency, not %d %q", o.Doc.Amount, o.Doc.Currency)
	case o.Kind == "authorizations":
		return nil
	case h == nil:
		return fmt.Errorf("there is no authorization %q", o.Doc.Authorization)
	case h.currency != o.Doc.Currency:
		return fmt.Errorf("authorization %s is in %s", o.Doc.Authorization, h.currency)
	}
	return nil
}

// verdict is the code under which the book itself declines, empty for none.
func (v *vault) verdict(o *operation) string {
	h := v.holds[o.Doc.Authorization]
	switch o.Kind {
	case "captures", "reversals":
		if !o.At.Before(h.expires) {
			return "expired"
		}
		if o.Doc.Amount > h.Authorised-h.Captured-h.Reversed {
			return "exceeds_authorization"
		}
	case "refunds":
		if o.Doc.Amount > h.Captured-h.Refunded {
			return "exceeds_capture"
		}
	}
	return ""
}

// apply books a checked operation.
func (v *vault) apply(o *operation) {
	if o.Key != "" {
		v.keys[o.Key]++
	}
	v.operations[o.Doc.Reference] = o
	if o.Code != "" {
		v.declined++
		return
	}
	if o.Kind == "authorizations" {
		v.holds[v.authorization(o)] = &hold{currency: o.Doc.Currency, expires: *o.Expires}
	}
	if v.sums[o.Doc.Currency] == nil {
		v.sums[o.Doc.Currency] = new(BankSums)
	}
	for _, sums := range []*BankSums{v.sums[o.Doc.Currency], &v.holds[v.authorization(o)].BankSums} {
		switch o.Kind {
		case "authorizations":
			sums.Authorised += o.Doc.Amount
		case "captures":
			sums.Captured += o.Doc.Amount
		case "reversals":
			sums.Reversed += o.Doc.Amount
		case "refunds":
			sums.Refunded += o.Doc.Amount
		}
	}
}

// authorization is the number of the authorization that an operation is about.
func (v *vault) authorization(o *operation) string {
	if o.Kind == "authorizations" {
		return o.ID
	}
	return o.Doc.Authorization
}

// number is the next one of the provider's own.
func (v *vault) number() string { return fmt.Sprintf("TX-%07d", len(v.operations)+1) }
