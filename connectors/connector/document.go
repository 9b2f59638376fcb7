package connector

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

// Document is one call to a partner.
type Document struct {
	ID     string // of the document, unique per partner and kind
	Kind   string // what it is, in our words: release, cancel, sale, ...
	Method string // GET or POST
	Path   string // below the partner's base URL, with its query
	Search string // path that finds what the document makes by our reference; empty when there is none
	Note   string // what the asker wants back with the answer
	Body   []byte // JSON; empty for a GET
}

// Reply is a partner's answer to a document. Status 409 is an answer as well:
// the vendor's package knows what it means.
type Reply struct {
	Document // without its body
	Status   int
	Answer   []byte
}

// DocumentCodec stores documents: six lines and the body as it is.
var DocumentCodec streams.Codec[Document] = documentCodec{}

type documentCodec struct{}

func (documentCodec) Append(dst []byte, d *Document) ([]byte, error) {
	for _, field := range []string{d.ID, d.Kind, d.Method, d.Path, d.Search, d.Note} {
		if bytes.ContainsRune([]byte(field), '\n') {
			return dst, fmt.Errorf("encoding document %q: a field has a line break", d.ID)
		}
		dst = append(append(dst, field...), '\n')
	}
	return append(dst, d.Body...), nil
}

func (documentCodec) Decode(b []byte, d *Document) error {
	for _, field := range []*string{&d.ID, &d.Kind, &d.Method, &d.Path, &d.Search, &d.Note} {
		line, rest, ok := bytes.Cut(b, []byte{'\n'})
		if !ok {
			return errors.New("decoding document: it is cut short")
		}
		*field, b = string(line), rest
	}
	d.Body = bytes.Clone(b)
	return nil
}

// maxKept is how much of a raw document is kept on record.
const maxKept = 64 << 10

// raw is what both directions keep of a document.
func raw(body []byte) (kept []byte, truncated bool, digest string) {
	sum := sha256.Sum256(body)
	if len(body) > maxKept {
		return []byte{}, true, hex.EncodeToString(sum[:])
	}
	return body, false, hex.EncodeToString(sum[:])
}

// Outbound is the record of a document we send, made because of the canonical
// ids, and the key it is kept under.
func Outbound(partner string, d Document, at time.Time, ids ...string) (key string, e *event.PartnerOutbound) {
	body, truncated, digest := raw(d.Body)
	return partner + "/" + d.ID, &event.PartnerOutbound{
		DocumentID: d.ID, Partner: partner, Kind: d.Kind, MediaType: "application/json", Body: body, Truncated: truncated,
		Sha256: digest, CanonicalIds: ids, OccurredAt: at,
	}
}

// Inbound is the record of a document we got, from which the canonical ids were
// made by a version of a mapping, and the key it is kept under.
func Inbound(partner, id, kind, version string, text []byte, at time.Time, ids ...string) (key string, e *event.PartnerInbound) {
	body, truncated, digest := raw(text)
	return partner + "/" + id, &event.PartnerInbound{
		DocumentID: id, Partner: partner, Kind: kind, MediaType: "application/json", Body: body, Truncated: truncated,
		Sha256: digest, MappingVersion: version, CanonicalIds: ids, OccurredAt: at,
	}
}
