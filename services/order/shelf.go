package order

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// MaxShelfDays bounds how long a channel or a customer may demand that goods live.
const MaxShelfDays = 3650

// ShelfDate is the date before which units must not expire of lines that name none: so
// many days after the day in UTC on which they are wanted, or after that of their order
// when it comes later or says nothing. It is nil when no day is demanded.
func ShelfDate(days int64, ordered time.Time, neededBy *time.Time) *time.Time {
	if days <= 0 {
		return nil
	}
	from := ordered.UTC()
	if neededBy != nil && neededBy.After(from) {
		from = neededBy.UTC()
	}
	date := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(min(days, MaxShelfDays)))
	return &date
}

// Lasting are lines of which those of goods that name no date have this one.
func Lasting(lines []event.OrderLine, date *time.Time) []event.OrderLine {
	if date == nil {
		return lines
	}
	dated := slices.Clone(lines)
	for n := range dated {
		if l := &dated[n]; l.MinExpiry == nil && Reservable(l.Kind) {
			l.MinExpiry = date
		}
	}
	return dated
}
