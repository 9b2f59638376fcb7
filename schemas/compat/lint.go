package compat

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/millrace/millrace/schemas/codec"
)

// Lint returns every breach of the house rules in the schema files, in the order
// of the files. The error says that files could not be read.
func Lint(files fs.FS) ([]Problem, error) {
	names, err := fs.Glob(files, "*/*.avsc")
	if err != nil {
		return nil, err
	}
	l := linter{meanings: map[string]meaning{}}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("reading schema: %w", err)
		}
		l.file(name, text)
	}
	return l.problems, nil
}

// linter collects the problems of all files.
type linter struct {
	problems []Problem
	meanings map[string]meaning // of each record and enum name
}

// meaning is what a type name stands for, and the file that said so first.
type meaning struct{ file, text string }

// file lints one file.
func (l *linter) file(name string, text []byte) {
	add := func(where, what string) {
		l.problems = append(l.problems, Problem{name + " " + where, what})
	}
	var root any
	if err := json.Unmarshal(text, &root); err != nil {
		add("", fmt.Sprintf("is no JSON: %v", err))
		return
	}
	if err := codec.Parse(text); err != nil {
		add("", fmt.Sprintf("is no Avro schema: %v", err))
	}
	var whole []element
	walk("", root, func(e element) { whole = append(whole, e) })
	for _, r := range fileRules {
		if what := r(name, whole); what != "" {
			add("", what)
		}
	}
	for _, e := range whole {
		for _, r := range elementRules {
			if what := r(e); what != "" {
				add(e.path, what)
			}
		}
		if what := l.unique(name, e); what != "" {
			add(e.path, what)
		}
	}
}

// unique refuses a second meaning of a type name: the Go package has one type
// for it.
func (l *linter) unique(file string, e element) string {
	if e.kind != "record" && e.kind != "enum" {
		return ""
	}
	text, err := json.Marshal(e.object)
	if err != nil {
		return err.Error()
	}
	first, ok := l.meanings[e.name()]
	if !ok {
		l.meanings[e.name()] = meaning{file, string(text)}
		return ""
	}
	if first.text != string(text) {
		return fmt.Sprintf("the name already means something else in %s: write both alike or choose another name", first.file)
	}
	return ""
}

// fileRules judge a schema file as a whole.
var fileRules = []func(file string, whole []element) string{namespace, currency}

// elementRules judge one element, each for itself.
var elementRules = []func(element) string{
	documented, snakeCase, nullFirst, enumDefault, microseconds, noMapNoFloat, personal,
}

// namespace wants <folder>.v<major> at the root and nothing below.
func namespace(file string, whole []element) string {
	domain := path.Dir(file)
	for i, e := range whole {
		got := e.text("namespace")
		if i == 0 && !regexp.MustCompile(`^`+regexp.QuoteMeta(domain)+`\.v[1-9][0-9]*$`).MatchString(got) {
			return fmt.Sprintf("the namespace is %q: use %s.v1 or a later version", got, domain)
		}
		if i > 0 && got != "" {
			return fmt.Sprintf("%s has a namespace of its own: leave it out, it inherits the file's", e.path)
		}
	}
	return ""
}

// currency wants a currency in the root record of every file with money.
func currency(_ string, whole []element) string {
	var money, has bool
	for _, e := range whole {
		if e.kind != "field" {
			continue
		}
		name := e.name()
		money = money || name == "amount" || name == "total" || strings.HasSuffix(name, "_e6")
		has = has || name == "currency" && e.path == whole[0].name()+".currency"
	}
	if money && !has {
		return "amounts without a currency: add the field currency to the outermost record"
	}
	return ""
}

// documented wants a sentence on every record, enum and field; on types it
// starts with the name, since it becomes the Go comment.
func documented(e element) string {
	switch e.kind {
	case "record", "enum":
		if !strings.HasPrefix(e.text("doc"), e.name()+" ") {
			return fmt.Sprintf("doc must start with %q", e.name()+" ")
		}
	case "field":
		if e.text("doc") == "" {
			return "doc is missing: say what the field means, with its unit"
		}
	}
	return ""
}

var (
	snake  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	upper  = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
	pascal = regexp.MustCompile(`^([A-Z][a-z0-9]*)+$`)
)

// snakeCase wants snake_case fields, PascalCase types, and enum symbols in one
// of the two snake cases.
func snakeCase(e element) string {
	switch e.kind {
	case "field":
		if !snake.MatchString(e.name()) {
			return "a field's name is in snake_case"
		}
	case "record", "enum":
		if !pascal.MatchString(e.name()) {
			return "a type's name is in PascalCase"
		}
	}
	symbols, _ := e.object["symbols"].([]any)
	for _, s := range symbols {
		if s := fmt.Sprint(s); !snake.MatchString(s) && !upper.MatchString(s) {
			return fmt.Sprintf("symbol %s is neither snake_case nor UPPER_CASE", s)
		}
	}
	return ""
}

// nullFirst wants unions to be a value that may be absent, absent by default.
func nullFirst(e element) string {
	if e.kind == "union" && (len(e.union) != 2 || e.union[0] != "null") {
		return `a union is ["null", type]: several types are several fields`
	}
	if union, ok := e.object["type"].([]any); ok && e.kind == "field" && len(union) > 0 {
		if value, ok := e.object["default"]; !ok || value != nil {
			return "a field that may be null is null by default"
		}
	}
	return ""
}

// enumDefault wants a symbol for readers that meet one they do not know.
func enumDefault(e element) string {
	if e.kind != "enum" {
		return ""
	}
	symbols, _ := e.object["symbols"].([]any)
	if value, ok := e.object["default"]; !ok || !slices.Contains(symbols, value) {
		return "an enum has a default, one of its symbols"
	}
	return ""
}

// microseconds wants one kind of time, and times where the name says time.
func microseconds(e element) string {
	if logical, ok := e.object["logicalType"]; ok && e.kind != "field" && (logical != "timestamp-micros" || e.kind != "long") {
		return fmt.Sprintf("logical type %v on %s: times are long with timestamp-micros, nothing else has a logical type", logical, e.kind)
	}
	if e.kind == "long" && e.object == nil && e.parent == "field" && strings.HasSuffix(e.path, "_at") {
		return "a name that ends in _at is a time: long with logicalType timestamp-micros"
	}
	return ""
}

// noMapNoFloat refuses types that some engines cannot read and amounts cannot use.
func noMapNoFloat(e element) string {
	switch e.kind {
	case "map":
		return "no maps: use an array of records with a name and a value"
	case "float", "double":
		return "no floating point: use long in the smallest unit"
	}
	return ""
}

// person matches names of fields that hold personal data.
var person = regexp.MustCompile(`(^|_)(email|phone|street|address|first_name|last_name|birthday|note|body)$`)

// personal wants the pii tag on personal data, and the tag to be a truth value.
func personal(e element) string {
	if e.kind != "field" {
		return ""
	}
	tag, tagged := e.object["pii"]
	if _, ok := tag.(bool); tagged && !ok {
		return "pii is true or false"
	}
	if person.MatchString(e.name()) && !tagged {
		return "the name says personal data: tag it pii true or false, or keep it in the party topic"
	}
	return ""
}
