package availabilityhttp

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/millrace/millrace/platform/httpd"
)

// Bounds of one request.
const (
	maxSKUs      = 100
	maxLocations = 100
	maxText      = 200 // bytes of a sku or location
)

// query is what is asked, of either endpoint.
type query struct {
	SKUs        []string `json:"skus"`
	Locations   []string `json:"locations"`
	MinPosition string   `json:"min_position"` // partition:offset

	at *place
}

type place struct {
	partition int32
	offset    int64
}

// queryOf reads the parameters of a GET. One that is not known is refused: a
// filter that is silently ignored would show stock that was not asked for.
func queryOf(values url.Values) (*query, error) {
	q := &query{}
	for name, given := range values {
		switch name {
		case "sku":
			q.SKUs = given
		case "location":
			q.Locations = given
		case "min_position":
			q.MinPosition = given[len(given)-1]
		default:
			return nil, invalid(httpd.Field{Pointer: name, Code: httpd.CodeUnknown, Detail: "There is no such parameter; sku, location and min_position are."})
		}
	}
	return q, q.check("sku", "min_position")
}

// check finds everything that is wrong; skus and position are how the problem
// names the two fields.
func (q *query) check(skus, position string) error {
	var wrong []httpd.Field
	if len(q.SKUs) < 1 || len(q.SKUs) > maxSKUs {
		wrong = append(wrong, httpd.Field{Pointer: skus, Code: httpd.CodeRange, Detail: fmt.Sprintf("1 to %d skus can be asked for, got %d.", maxSKUs, len(q.SKUs))})
	}
	if len(q.Locations) > maxLocations {
		wrong = append(wrong, httpd.Field{Pointer: strings.Replace(skus, "sku", "location", 1), Code: httpd.CodeRange, Detail: fmt.Sprintf("At most %d locations can be asked for, got %d.", maxLocations, len(q.Locations))})
	}
	for i, sku := range q.SKUs {
		if i < maxSKUs && (sku == "" || len(sku) > maxText) {
			wrong = append(wrong, httpd.Field{Pointer: fmt.Sprint(skus, "/", i), Code: httpd.CodeRange, Detail: fmt.Sprintf("A sku has 1 to %d bytes, got %d.", maxText, len(sku))})
		}
	}
	if q.MinPosition != "" {
		var ok bool
		if q.at, ok = placeOf(q.MinPosition); !ok {
			wrong = append(wrong, httpd.Field{Pointer: position, Code: httpd.CodeFormat, Detail: "A position is partition:offset, for example 3:1042."})
		}
	}
	if len(wrong) > 0 {
		return invalid(wrong...)
	}
	return nil
}

func placeOf(text string) (*place, bool) {
	before, after, ok := strings.Cut(text, ":")
	partition, err1 := strconv.ParseUint(before, 10, 31)
	offset, err2 := strconv.ParseUint(after, 10, 63)
	return &place{int32(partition), int64(offset)}, ok && err1 == nil && err2 == nil
}

func invalid(fields ...httpd.Field) error {
	return httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The question has fields that cannot be accepted.").WithErrors(fields...)
}
