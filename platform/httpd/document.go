package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// node is one value of a parsed document. Exactly the part that belongs to
// its kind is set; raw is the value's own text.
type node struct {
	kind    kind
	raw     []byte
	text    string // of a string, or the digits of a number
	truth   bool
	members []member
	items   []*node
}

type member struct {
	name  string
	value *node
}

// kind is the JSON type of a node as messages name it.
type kind string

const (
	kindNull   kind = "null"
	kindBool   kind = "boolean"
	kindNumber kind = "number"
	kindString kind = "string"
	kindArray  kind = "array"
	kindObject kind = "object"
)

// parser turns text into nodes with the token stream of encoding/json, which
// checks the grammar; the parser adds the bounds and the duplicate keys.
type parser struct {
	*decoding
	data     []byte
	tokens   *json.Decoder
	maxDepth int
}

// parse returns the document in data, or nil after reporting why not.
func parse(data []byte, maxDepth int, d *decoding) *node {
	if !utf8.Valid(data) {
		d.breakOff("", CodeEncoding, "The body is not valid UTF-8.")
		return nil
	}
	p := &parser{decoding: d, data: data, tokens: json.NewDecoder(bytes.NewReader(data)), maxDepth: maxDepth}
	p.tokens.UseNumber()
	root := p.value("", 0)
	if root == nil {
		return nil
	}
	if rest := bytes.TrimLeft(data[p.tokens.InputOffset():], " \t\r\n"); len(rest) > 0 {
		p.breakOff("", CodeTrailing, "Something follows the JSON document at byte %d.", len(data)-len(rest))
		return nil
	}
	return root
}

func (p *parser) value(at string, depth int) *node {
	start := p.tokens.InputOffset()
	token, err := p.tokens.Token()
	if err != nil {
		p.syntax(at, err)
		return nil
	}
	n := &node{}
	switch t := token.(type) {
	case nil:
		n.kind = kindNull
	case bool:
		n.kind, n.truth = kindBool, t
	case json.Number:
		n.kind, n.text = kindNumber, t.String()
	case string:
		n.kind, n.text = kindString, t
	case json.Delim:
		if !p.container(n, t, at, depth+1) {
			return nil
		}
	}
	n.raw = bytes.TrimLeft(p.data[start:p.tokens.InputOffset()], " \t\r\n,:")
	return n
}

// container reads what follows an opening brace or bracket.
func (p *parser) container(n *node, open json.Delim, at string, depth int) bool {
	if depth > p.maxDepth {
		p.breakOff(at, CodeDepth, "Objects and arrays may be nested %d deep.", p.maxDepth)
		return false
	}
	var complete bool
	if open == '{' {
		n.kind = kindObject
		complete = p.object(n, at, depth)
	} else {
		n.kind = kindArray
		complete = p.array(n, at, depth)
	}
	if !complete {
		return false
	}
	if _, err := p.tokens.Token(); err != nil { // the closing one
		p.syntax(at, err)
		return false
	}
	return true
}

func (p *parser) object(n *node, at string, depth int) bool {
	seen := map[string]bool{}
	for p.tokens.More() {
		token, err := p.tokens.Token()
		if err != nil {
			p.syntax(at, err)
			return false
		}
		name, isString := token.(string)
		if !isString {
			p.breakOff(at, CodeSyntax, "An object needs a string as key, at byte %d.", p.tokens.InputOffset())
			return false
		}
		child := pointerTo(at, name)
		value := p.value(child, depth)
		if value == nil {
			return false
		}
		if seen[name] {
			p.report(child, CodeDuplicate, "The key %q stands twice in one object.", name)
			continue
		}
		seen[name] = true
		n.members = append(n.members, member{name, value})
	}
	return true
}

func (p *parser) array(n *node, at string, depth int) bool {
	for p.tokens.More() {
		item := p.value(pointerTo(at, strconv.Itoa(len(n.items))), depth)
		if item == nil {
			return false
		}
		n.items = append(n.items, item)
	}
	return true
}

func (p *parser) syntax(at string, err error) {
	var broken *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF) && len(bytes.TrimSpace(p.data)) == 0:
		p.breakOff("", CodeSyntax, "The body is empty; a JSON document is expected.")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p.breakOff(at, CodeSyntax, "The body ends in the middle of the JSON document.")
	case errors.As(err, &broken):
		p.breakOff(at, CodeSyntax, "The body is not JSON: %s, at byte %d.", broken.Error(), broken.Offset)
	default:
		p.breakOff(at, CodeSyntax, "The body is not JSON: %s.", err)
	}
}
