package httpd

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
)

// Bounds that hold for a request body unless an endpoint sets its own.
const (
	DefaultBodyLimit = 1 << 20 // bytes
	DefaultDepth     = 16      // objects and arrays inside each other
	maxFields        = 50      // violations reported for one body
)

// Codes of a Field reported by Decode.
const (
	CodeTooLarge  = "TOO_LARGE" // the body exceeds the limit
	CodeEncoding  = "ENCODING"  // not valid UTF-8
	CodeSyntax    = "SYNTAX"    // not JSON
	CodeTrailing  = "TRAILING"  // something follows the document
	CodeDepth     = "DEPTH"     // nested too deep
	CodeDuplicate = "DUPLICATE" // a key stands twice in one object
	CodeUnknown   = "UNKNOWN"   // no such field
	CodeType      = "TYPE"      // another JSON type than the field has
	CodeRange     = "RANGE"     // a number the field cannot hold exactly
	CodeFormat    = "FORMAT"    // a text the field cannot parse, such as a time
)

// DecodeError lists what is wrong with a body, in document order and at most
// 50 of it.
type DecodeError struct {
	Fields []Field
}

// Error names the first violation and how many more there are.
func (e *DecodeError) Error() string {
	first := e.Fields[0]
	text := fmt.Sprintf("decoding body: %s at %q: %s", first.Code, first.Pointer, first.Detail)
	if more := len(e.Fields) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Problem returns 413 for a body that is too large, 400 for one that is no
// JSON document, and 422 for a document with wrong fields.
func (e *DecodeError) Problem() *Problem {
	switch e.Fields[0].Code {
	case CodeTooLarge:
		return NewProblem(http.StatusRequestEntityTooLarge, CodeTooLarge, e.Fields[0].Detail)
	case CodeEncoding, CodeSyntax, CodeTrailing, CodeDepth:
		return NewProblem(http.StatusBadRequest, "MALFORMED", e.Fields[0].Detail).WithErrors(e.Fields...)
	default:
		return NewProblem(http.StatusUnprocessableEntity, "INVALID", "The body has fields that cannot be accepted.").WithErrors(e.Fields...)
	}
}

// Decode reads one JSON document of at most limit bytes, nested at most depth
// deep, from r into the value that dst points to.
//
// It is stricter than encoding/json: field names match exactly, unknown fields
// and duplicate keys are refused, integers are taken digit by digit (no
// fraction, no exponent, no detour over float64), null fits only where Go has
// a nil, and nothing may follow the document. All violations of one body are
// reported together as a *DecodeError; dst is then not to be used. An error of
// r itself is returned as it is. Anything but a non-nil pointer in dst panics.
func Decode(r io.Reader, limit int64, depth int, dst any) error {
	target := reflect.ValueOf(dst)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		panic(fmt.Sprintf("httpd.Decode needs a pointer to decode into, got %T", dst))
	}
	data, err := readBounded(r, limit)
	if err != nil {
		return err
	}
	d := &decoding{}
	root := parse(data, depth, d)
	if root != nil && !d.malformed {
		d.assign(root, target.Elem(), "")
	}
	if len(d.fields) > 0 {
		return &DecodeError{Fields: d.fields}
	}
	return nil
}

// DecodeRequest decodes the body of r under the default bounds. A content type
// other than JSON is a 415 Problem.
func DecodeRequest(r *http.Request, dst any) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (mediaType != "application/json" && !strings.HasSuffix(mediaType, "+json")) {
		return NewProblem(http.StatusUnsupportedMediaType, "MEDIA_TYPE",
			fmt.Sprintf("The body must be application/json, got %q.", r.Header.Get("Content-Type")))
	}
	return Decode(r.Body, DefaultBodyLimit, DefaultDepth, dst)
}

// readBounded reads one byte more than allowed, to tell a full body from one
// that is too large.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		limit = tooLarge.Limit
	case err != nil:
		return nil, fmt.Errorf("reading body: %w", err)
	case int64(len(data)) <= limit:
		return data, nil
	}
	detail := fmt.Sprintf("The body is larger than %d bytes.", limit)
	return nil, &DecodeError{Fields: []Field{{Code: CodeTooLarge, Detail: detail}}}
}

// decoding collects the violations of one body.
type decoding struct {
	fields    []Field
	malformed bool // the document itself is broken, so fields cannot be judged
}

func (d *decoding) report(pointer, code, format string, args ...any) {
	if len(d.fields) < maxFields {
		d.fields = append(d.fields, Field{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
}

func (d *decoding) breakOff(pointer, code, format string, args ...any) {
	d.malformed = true
	d.fields = nil // what was found before is noise beside a broken document
	d.report(pointer, code, format, args...)
}

// pointerTo appends a reference token to an RFC 6901 pointer.
func pointerTo(parent, token string) string {
	return parent + "/" + pointerEscapes.Replace(token)
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
