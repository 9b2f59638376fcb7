package order

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// QuoteLife is how long a quote can be ordered by.
const QuoteLife = 15 * time.Minute

// maxToken bounds a token in bytes.
const maxToken = 1000

// Faults of a token.
var (
	ErrQuoteForged  = errors.New("the quote was not made here")
	ErrQuoteExpired = errors.New("the quote has expired")
)

// Quote is what was promised to a channel. It reserves nothing: an order by it is
// sourced so that it arrives by then.
type Quote struct {
	Channel   string    `json:"c"`
	Goods     string    `json:"g"` // hash of what, how many and where to
	ArrivesBy time.Time `json:"a"`
	ExpiresAt time.Time `json:"e"`
}

// GoodsHash tells apart what is asked for: items with their units, and the place
// they go to. How lines are cut does not matter.
func GoodsHash(to event.PartyRef, whole bool, lines []event.OrderLine) string {
	units := make(map[string]int64)
	for _, l := range lines {
		if Reservable(l.Kind) {
			units[l.Sku] += l.Qty
		}
	}
	all := []string{to.Country, to.Region, to.PostalArea, fmt.Sprint(whole)}
	for sku, qty := range units {
		all = append(all, fmt.Sprintf("%s\x1f%d", sku, qty))
	}
	slices.Sort(all[4:])
	sum := sha256.Sum256([]byte(strings.Join(all, "\x1e")))
	return hex.EncodeToString(sum[:16])
}

// QuoteKey signs quotes; every process of an installation has the same.
type QuoteKey []byte

// Token writes a quote down so that nobody else can.
func (k QuoteKey) Token(q *Quote) string {
	body, err := json.Marshal(q)
	if err != nil { // strings and times of this century always marshal
		panic(err)
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(k.sign(text))
}

// Open reads a token. An expired quote is returned beside ErrQuoteExpired, since
// an order that was made by it in time may be repeated.
func (k QuoteKey) Open(token string, now time.Time) (*Quote, error) {
	text, signature, _ := strings.Cut(token, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || len(token) > maxToken || !hmac.Equal(given, k.sign(text)) {
		return nil, ErrQuoteForged
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrQuoteForged
	}
	var q Quote
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, ErrQuoteForged
	}
	if now.After(q.ExpiresAt) {
		return &q, ErrQuoteExpired
	}
	return &q, nil
}

func (k QuoteKey) sign(text string) []byte {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte("quote " + text))
	return mac.Sum(nil)
}
