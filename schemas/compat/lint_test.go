package compat_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/millrace/millrace/schemas/compat"
)

// good is a schema that keeps every rule.
const good = `{
  "type": "record", "name": "OrderNoted", "namespace": "order.v1", "doc": "OrderNoted says something.",
  "fields": [
    {"name": "order_id", "type": "string", "doc": "Order."},
    {"name": "kind", "type": {"type": "enum", "name": "NoteKind", "doc": "NoteKind sorts notes.", "symbols": ["plain", "loud"], "default": "plain"}, "doc": "Kind."},
    {"name": "amount", "type": "long", "doc": "Minor units."},
    {"name": "currency", "type": "string", "doc": "ISO 4217."},
    {"name": "noted_at", "type": {"type": "long", "logicalType": "timestamp-micros"}, "doc": "When."},
    {"name": "reply", "type": ["null", "string"], "default": null, "doc": "Answer."},
    {"name": "note", "type": "string", "pii": true, "doc": "Text."}
  ]
}`

func TestASchemaThatKeepsEveryRulePasses(t *testing.T) {
	if problems := lint(t, map[string]string{"order/noted.avsc": good}); len(problems) > 0 {
		t.Errorf("found %v", problems)
	}
}

func TestEachRuleFindsItsBreach(t *testing.T) {
	for name, c := range map[string]struct{ old, bad, want string }{
		"no json":                   {good, `{`, "is no JSON"},
		"no avro":                   {`"type": "string", "doc": "Order."`, `"type": "text", "doc": "Order."`, "is no Avro schema"},
		"namespace of other folder": {`order.v1`, `orders.v1`, "use order.v1"},
		"namespace unversioned":     {`order.v1`, `order`, "use order.v1"},
		"namespace below":           {`"name": "NoteKind"`, `"name": "NoteKind", "namespace": "common.v1"`, "inherits"},
		"amount without currency":   {`"currency"`, `"coin"`, "without a currency"},
		"type without doc":          {`"doc": "OrderNoted says something."`, `"doc": "Says something."`, `start with "OrderNoted "`},
		"enum without doc":          {`"doc": "NoteKind sorts notes."`, `"x": 1`, `start with "NoteKind "`},
		"field without doc":         {`"doc": "Order."`, `"x": 1`, "doc is missing"},
		"field in camel case":       {`"order_id"`, `"orderId"`, "snake_case"},
		"type in snake case":        {`"name": "NoteKind", "doc": "NoteKind`, `"name": "note_kind", "doc": "note_kind`, "PascalCase"},
		"symbol in camel case":      {`"loud"`, `"veryLoud"`, "veryLoud"},
		"null second":               {`["null", "string"], "default": null`, `["string", "null"], "default": ""`, `["null", type]`},
		"union of two types":        {`["null", "string"]`, `["null", "string", "long"]`, `["null", type]`},
		"union without default":     {`["null", "string"], "default": null`, `["null", "string"]`, "null by default"},
		"enum without default":      {`"symbols": ["plain", "loud"], "default": "plain"`, `"symbols": ["plain", "loud"]`, "an enum has a default"},
		"milliseconds":              {`timestamp-micros`, `timestamp-millis`, "timestamp-millis"},
		"time as plain long":        {`{"type": "long", "logicalType": "timestamp-micros"}`, `"long"`, "is a time"},
		"map":                       {`"type": "string", "doc": "Order."`, `"type": {"type": "map", "values": "string"}, "doc": "Order."`, "no maps"},
		"float":                     {`"type": "long", "doc": "Minor units."`, `"type": "double", "doc": "Minor units."`, "no floating point"},
		"float in an array":         {`"type": "long", "doc": "Minor units."`, `"type": {"type": "array", "items": "float"}, "doc": "Minor units."`, "no floating point"},
		"untagged personal data":    {`"pii": true, `, ``, "personal data"},
		"tag that is no truth":      {`"pii": true`, `"pii": "yes"`, "true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.bad, 1)
			if bad == good {
				t.Fatalf("the good schema does not contain %s", c.old)
			}
			mustFind(t, lint(t, map[string]string{"order/noted.avsc": bad}), c.want)
		})
	}
}

func TestOneNameWithTwoMeaningsIsFound(t *testing.T) {
	other := strings.NewReplacer("OrderNoted", "OrderShouted", `"loud"`, `"louder"`).Replace(good)
	problems := lint(t, map[string]string{"order/noted.avsc": good, "order/shouted.avsc": other})
	mustFind(t, problems, "NoteKind: the name already means something else in order/noted.avsc")
}

func TestOneTypeWrittenAlikeInTwoFilesPasses(t *testing.T) {
	other := strings.ReplaceAll(good, "OrderNoted", "OrderShouted")
	if problems := lint(t, map[string]string{"order/noted.avsc": good, "order/shouted.avsc": other}); len(problems) > 0 {
		t.Errorf("found %v", problems)
	}
}

// lint lints files given by path and text.
func lint(t *testing.T, files map[string]string) []compat.Problem {
	t.Helper()
	fs := fstest.MapFS{}
	for path, text := range files {
		fs[path] = &fstest.MapFile{Data: []byte(text)}
	}
	problems, err := compat.Lint(fs)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// mustFind fails unless one of the problems says want.
func mustFind(t *testing.T, problems []compat.Problem, want string) {
	t.Helper()
	for _, p := range problems {
		if strings.Contains(p.String(), want) {
			return
		}
	}
	t.Errorf("found %v, want one that says %q", problems, want)
}
