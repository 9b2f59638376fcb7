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
	maxText      = 200 // bytes of a sku, location or channel
)

// query is what is asked, of any endpoint.
type query struct {
	SKUs        []string `json:"skus"`
	Channel     string   `json:"channel"`
	Class       string   `json:"customer_class"`
	Locations   []string `json:"locations"`
	MinPosition string   `json:"min_position"` // partition:offset

	at  *place
	any bool // it need not name a sku
}

type place struct {
	partition int32
	offset    int64
}

// queryOf reads the parameters of a GET. One that is not known is refused: a
// filter that is silently ignored would show stock that was not asked for.
// anySKU says that it need not name one.
func queryOf(values url.Values, anySKU bool) (*query, error) {
	q := &query{any: anySKU}
	for name, given := range values {
		switch name {
		case "sku":
			q.SKUs = given
		case "location":
			q.Locations = given
		case "channel":
			q.Channel = given[len(given)-1]
		case "customer_class":
			q.Class = given[len(given)-1]
		case "min_position":
			q.MinPosition = given[len(given)-1]
		default:
			return nil, unknownParameter(name, "sku, channel, customer_class, location and min_position")
		}
	}
	return q, q.check("")
}

func unknownParameter(name, known string) error {
	return invalid(httpd.Field{Pointer: name, Code: httpd.CodeUnknown, Detail: fmt.Sprintf("There is no such parameter; %s are.", known)})
}

// check finds everything that is wrong. In a body, fields have a slash before
// their names and lists their plural.
func (q *query) check(slash string) error {
	list := func(name string) string {
		if slash == "" {
			return name
		}
		return slash + name + "s"
	}
	var wrong []httpd.Field
	add := func(pointer, code, format string, args ...any) {
		wrong = append(wrong, httpd.Field{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if len(q.SKUs) < 1 && !q.any || len(q.SKUs) > maxSKUs {
		add(list("sku"), httpd.CodeRange, "1 to %d skus can be asked for, got %d.", maxSKUs, len(q.SKUs))
	}
	if len(q.Locations) > maxLocations {
		add(list("location"), httpd.CodeRange, "At most %d locations can be asked for, got %d.", maxLocations, len(q.Locations))
	}
	if len(q.Channel) > maxText {
		add(slash+"channel", httpd.CodeRange, "A channel has at most %d bytes, got %d.", maxText, len(q.Channel))
	}
	if len(q.Class) > maxText {
		add(slash+"customer_class", httpd.CodeRange, "A class of customers has at most %d bytes, got %d.", maxText, len(q.Class))
	}
	texts := func(name string, given []string, most int) {
		for i, text := range given[:min(len(given), most)] {
			if text == "" || len(text) > maxText {
				add(fmt.Sprint(list(name), "/", i), httpd.CodeRange, "A %s has 1 to %d bytes, got %d.", name, maxText, len(text))
			}
		}
	}
	texts("sku", q.SKUs, maxSKUs)
	texts("location", q.Locations, maxLocations)
	if q.MinPosition != "" {
		var ok bool
		if q.at, ok = placeOf(q.MinPosition); !ok {
			add(slash+"min_position", httpd.CodeFormat, "A position is partition:offset, for example 3:1042.")
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
