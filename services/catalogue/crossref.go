package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/millrace/millrace/schemas/event"
)

// Why an item is proposed.
const (
	SameBarcode = "BARCODE" // the partner's id or barcode is a barcode of the item
	SameNumber  = "NUMBER"  // the numbers differ in case and signs only
	LikeName    = "NAME"    // the names have words in common
	MeantBefore = "HISTORY" // the partner's number, or one that differs in case and signs only, meant it before
	MeantOther  = "OTHERS"  // the number of another partner means it
)

// Unknown is a partner's id of an item, with what the partner says of it.
type Unknown struct {
	Partner, TheirID, Name, Barcode string
}

// Candidate is an item that a partner's id may mean.
type Candidate struct {
	Sku, Name, Why string
	// Score is how much speaks for it, in percent.
	Score int
}

// maxCandidates is how many are proposed.
const maxCandidates = 5

// Master is what candidates are looked for in. Each calls its argument with all
// rows, in any order.
type Master struct {
	Products  func(func(*event.ProductPublished))
	Crossrefs func(func(*event.CrossrefPublished)) // also those that count no more
}

// Candidates proposes what an unknown item may be, the likeliest first; a person
// decides.
func Candidates(u Unknown, in Master) []Candidate {
	var found []Candidate
	number, name := plain(u.TheirID), words(u.Name)
	meant := meanings(u, in)
	in.Products(func(p *event.ProductPublished) {
		if !p.Active {
			return
		}
		c := Candidate{Sku: p.Sku, Name: p.Name}
		switch {
		case u.Barcode != "" && slices.Contains(p.Barcodes, u.Barcode) || slices.Contains(p.Barcodes, u.TheirID):
			c.Why, c.Score = SameBarcode, 100
		case meant[p.Sku].Score > 0:
			c.Why, c.Score = meant[p.Sku].Why, meant[p.Sku].Score
		case number != "" && number == plain(p.Sku):
			c.Why, c.Score = SameNumber, 95
		default:
			c.Why, c.Score = LikeName, alike(name, words(p.Name))
		}
		if c.Score >= 20 {
			found = append(found, c)
		}
	})
	slices.SortFunc(found, func(a, b Candidate) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Sku, b.Sku)) })
	return found[:min(len(found), maxCandidates)]
}

// meanings are the items that the number meant or means, by whom and when.
func meanings(u Unknown, in Master) map[string]Candidate {
	number := plain(u.TheirID)
	all := make(map[string]Candidate)
	in.Crossrefs(func(c *event.CrossrefPublished) {
		if c.Kind != event.CrossrefKindItem || number == "" || plain(c.TheirID) != number {
			return
		}
		m := Candidate{Why: MeantOther, Score: 70}
		switch {
		case c.Partner == u.Partner && c.TheirID == u.TheirID:
			m = Candidate{Why: MeantBefore, Score: 98}
		case c.Partner == u.Partner:
			m = Candidate{Why: MeantBefore, Score: 96}
		}
		if m.Score > all[c.OurID].Score {
			all[c.OurID] = m
		}
	})
	return all
}

// plain is a number without signs and case.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// words are the words and numbers of a name, each once, in order.
func words(name string) []string {
	all := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(all)
	return slices.Compact(all)
}

// alike is the share of words that two names have in common, in percent, at most 90:
// a name alone is no proof.
func alike(a, b []string) int {
	common := 0
	for _, w := range a {
		if _, ok := slices.BinarySearch(b, w); ok {
			common++
		}
	}
	all := len(a) + len(b) - common
	if all == 0 {
		return 0
	}
	return 90 * common / all
}
