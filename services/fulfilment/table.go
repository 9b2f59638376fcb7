package fulfilment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// Table reads the words of one partner.
type Table struct {
	// Version names the table in every status it gives.
	Version string
	// Words maps the partner's words, in any case, to canonical ones.
	Words map[string]string
}

// Tables are the tables by partner.
type Tables map[string]Table

// NewTables checks tables and makes them fit for lookups. The error names the
// first word that maps to nothing canonical.
func NewTables(tables map[string]Table) (Tables, error) {
	ready := make(Tables, len(tables))
	for partner, t := range tables {
		words := make(map[string]string, len(t.Words))
		for word, status := range t.Words {
			if !slices.Contains(statuses, event.FulfilmentStatus(status)) {
				return nil, fmt.Errorf("reading status table of partner %s: the word %q maps to %q, which is not a status", partner, word, status)
			}
			words[plain(word)] = status
		}
		ready[partner] = Table{Version: t.Version, Words: words}
	}
	return ready, nil
}

// Read translates a partner's word.
func (t Tables) Read(partner, word string) (status event.FulfilmentStatus, version string) {
	table := t[partner]
	if status, ok := table.Words[plain(word)]; ok {
		return event.FulfilmentStatus(status), table.Version
	}
	return event.FulfilmentStatusUnmapped, table.Version
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
