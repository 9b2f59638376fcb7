package event

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// NS is the namespace of every id Millrace derives: UUIDv5 of the DNS namespace
// and "millrace". It never changes; testdata/ids.txt holds vectors for clients
// in other languages.
var NS = uuid.MustParse("57f84eb3-e4b0-519e-9534-e346668e73a4")

// Separator parts the pieces of a derived name; it occurs in none of them.
const Separator = "\x1f"

// OrderID returns the id of the order that channel calls externalID. The same
// pair gives the same id everywhere and for ever, so a channel may compute it
// itself, and an order event with any other id is refused.
func OrderID(channel, externalID string) string {
	return uuid.NewSHA1(NS, []byte(channel+Separator+externalID)).String()
}

// ReturnID returns the id of the return that channel calls externalID, different
// from the id of an order with the same number.
func ReturnID(channel, externalID string) string {
	return uuid.NewSHA1(NS, []byte("return"+Separator+channel+Separator+externalID)).String()
}

// AlertID returns the id of an alert: the same trouble of the same subject is one.
// Trouble that comes and goes names its episode too, by when it began.
func AlertID(kind, subject string, episode ...string) string {
	return uuid.NewSHA1(NS, []byte(strings.Join(append([]string{"alert", kind, subject}, episode...), Separator))).String()
}

// Derived returns the ce_id of the ordinal-th event (from 0) that handling the
// event causeCEID writes to topic. It depends on nothing else, so an event
// written again after a crash has the same id and is counted once. causeCEID is
// a uuid; for a timer or an outside answer it is the id made from its name.
func Derived(causeCEID, topic string, ordinal int) string {
	name := []byte(topic + Separator + strconv.Itoa(ordinal))
	return uuid.NewSHA1(Namespace(causeCEID), name).String()
}

// Namespace returns the uuid written as id, or for other text the uuid of that
// text under NS, so that any cause has exactly one.
func Namespace(id string) uuid.UUID {
	if parsed, err := uuid.Parse(id); err == nil {
		return parsed
	}
	return uuid.NewSHA1(NS, []byte(id))
}
