package compat

// element is one part of a schema: a record, a field, an enum, a union or any
// other type.
type element struct {
	kind   string         // record, field, enum, array, map, union, or a simple type's name
	path   string         // record and field, for example OrderLine.kind
	object map[string]any // its attributes; nil for unions and simple types
	union  []any          // branches of a union
	parent string         // kind of what holds it, empty at the root
}

// name returns the name of a record, field or enum.
func (e element) name() string {
	name, _ := e.object["name"].(string)
	return name
}

// text returns a string attribute, empty when it is missing or no string.
func (e element) text(attribute string) string {
	value, _ := e.object[attribute].(string)
	return value
}

// walk calls visit for the schema and everything in it, outermost first. Fields
// are named by the record that defines them, so a type's elements have one path
// however deep the type stands.
func walk(path string, schema any, visit func(element)) {
	descend(path, "", schema, visit)
}

// descend is walk within an element of kind parent.
func descend(path, parent string, schema any, visit func(element)) {
	switch s := schema.(type) {
	case string:
		visit(element{kind: s, path: path, parent: parent})
	case []any:
		visit(element{kind: "union", path: path, union: s, parent: parent})
		for _, branch := range s {
			descend(path, "union", branch, visit)
		}
	case map[string]any:
		object(path, parent, s, visit)
	}
}

// object walks a schema in its object form.
func object(path, parent string, s map[string]any, visit func(element)) {
	kind, ok := s["type"].(string)
	if !ok { // {"type": {...}} wraps another schema
		descend(path, parent, s["type"], visit)
		return
	}
	e := element{kind: kind, path: path, object: s, parent: parent}
	if kind == "record" || kind == "enum" || kind == "fixed" {
		e.path = e.name()
	}
	visit(e)
	descend(path, kind, s["items"], visit)
	descend(path, kind, s["values"], visit)
	fields, _ := s["fields"].([]any)
	for _, f := range fields {
		if f, ok := f.(map[string]any); ok {
			field := element{kind: "field", path: e.name() + ".", object: f, parent: kind}
			field.path += field.name()
			visit(field)
			descend(field.path, "field", f["type"], visit)
		}
	}
}
