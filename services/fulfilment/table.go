package fulfilment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// Table reads the words of one partner.
type Table struct {
	// Version names the table in every status it gives.
	Version string
	// Like is a system of Known or KnownParcels whose words the partner uses, empty
	// for none.
	Like string
	// Words maps the partner's words, in any case, to canonical ones. They go before
	// those of the system. One that ends in * stands for all that begin so.
	Words map[string]string
	// Parcels maps the words that the partner has for parcels.
	Parcels map[string]string
}

// Tables are the tables by partner.
type Tables map[string]Table

// NewTables checks tables and makes them fit for lookups. The error names the
// first word that maps to nothing canonical, or a system that nobody knows.
func NewTables(tables map[string]Table) (Tables, error) {
	ready := make(Tables, len(tables))
	for partner, t := range tables {
		if t.Like != "" && Known[t.Like] == nil && KnownParcels[t.Like] == nil {
			return nil, fmt.Errorf("reading status table of partner %s: it is like %q, of which nobody knows the words", partner, t.Like)
		}
		full := Table{Version: t.Version, Words: make(map[string]string), Parcels: make(map[string]string)}
		for word, status := range Known[t.Like] {
			full.Words[plain(word)] = string(status)
		}
		for word, status := range KnownParcels[t.Like] {
			full.Parcels[plain(word)] = string(status)
		}
		for word, status := range t.Words {
			if !slices.Contains(statuses, event.FulfilmentStatus(status)) {
				return nil, fmt.Errorf("reading status table of partner %s: the word %q maps to %q, which is not a status", partner, word, status)
			}
			full.Words[plain(word)] = status
		}
		for word, status := range t.Parcels {
			if parcelRanks[event.ParcelStatus(status)] == 0 {
				return nil, fmt.Errorf("reading status table of partner %s: the word %q maps to %q, which is not a status of a parcel", partner, word, status)
			}
			full.Parcels[plain(word)] = status
		}
		ready[partner] = full
	}
	return ready, nil
}

// Read translates a partner's word about a fulfilment.
func (t Tables) Read(partner, word string) (status event.FulfilmentStatus, version string) {
	table := t[partner]
	if status := find(table.Words, word); status != "" {
		return event.FulfilmentStatus(status), table.Version
	}
	return event.FulfilmentStatusUnmapped, table.Version
}

// ReadParcel translates a partner's word about a parcel.
func (t Tables) ReadParcel(partner, word string) (status event.ParcelStatus, version string) {
	table := t[partner]
	if status := find(table.Parcels, word); status != "" {
		return event.ParcelStatus(status), table.Version
	}
	return event.ParcelStatusUnmapped, table.Version
}

// find looks a word up, itself first and then by the longest beginning.
func find(words map[string]string, word string) string {
	word = plain(word)
	if status, ok := words[word]; ok {
		return status
	}
	for n := len(word); n > 0; n-- {
		if status, ok := words[word[:n]+"*"]; ok {
			return status
		}
	}
	return ""
}

func plain(word string) string { return strings.ToLower(strings.TrimSpace(word)) }

// ShipmentID is the id of what a node's document says left of a fulfilment. One
// document may cover several fulfilments; each has a shipment of its own.
func ShipmentID(node, document, fulfilmentID string) string {
	return uuid.NewSHA1(event.NS, []byte("shipment\x1f"+node+"\x1f"+document+"\x1f"+fulfilmentID)).String()
}

// Document names the document of a statement; one that has no number of its own
// is named after its place in the source.
func Document(r *event.FulfilmentReported) string {
	if r.Document != "" {
		return r.Document
	}
	return fmt.Sprintf("%s %s %d", r.FulfilmentID, r.Source, r.SourceSeq)
}

// ReportID names a statement, so that one that waits does so once.
func ReportID(source string, seq int64, subject, word string, at time.Time) string {
	parts := []string{"report", source, strconv.FormatInt(seq, 10), subject, word, strconv.FormatInt(at.UnixMicro(), 10)}
	return uuid.NewSHA1(event.NS, []byte(strings.Join(parts, "\x1f"))).String()
}

// AlertUnmapped says that no status table knows a partner's word.
const AlertUnmapped = "STATUS_UNMAPPED"

// AlertID names the alert about a partner's word.
func AlertID(partner, word string) string {
	return event.AlertID(AlertUnmapped, partner, plain(word))
}
