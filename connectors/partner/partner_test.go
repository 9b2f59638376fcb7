package partner

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

func TestShippedPartnersAreWhole(t *testing.T) {
	all, err := Load(shipped)
	if err != nil {
		t.Fatal(err)
	}
	roles := make(map[Role]int)
	for _, c := range all {
		roles[c.Role]++
	}
	if roles[ERP] != 1 || roles[WMS] != 2 || roles[ThreePL] != 1 || roles[Channel] < 2 {
		t.Errorf("roles %v", roles)
	}
}

func TestEveryFaultIsNamedWithItsFieldAndTheFileGoesOn(t *testing.T) {
	_, err := Parse([]byte(`
id: North
role: warehouse
transport: http
base_url: ftp://x
credentials: {bearer: s3cret}
limits: {concurrent: -1}
`))
	if err == nil {
		t.Fatal("a file full of faults was accepted")
	}
	for _, field := range []string{"id:", "name:", "role:", "base_url:", "credentials.bearer:", "limits.concurrent:", "vendor:"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("the error does not name %s\n%v", field, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Error("the error shows a secret")
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	_, err := Parse([]byte("id: x\nbase_ulr: http://x\n"))
	if err == nil || !strings.Contains(err.Error(), "base_ulr") {
		t.Errorf("error %v, want one that names base_ulr", err)
	}
}

func TestFaultsBetweenPartnersAreFound(t *testing.T) {
	node := `
id: ID
name: A
role: wms
vendor: twinwms
transport: http
base_url: http://127.0.0.1:1
node: {id: north, rank: 1, goods_issue: shipment}
statuses: {version: "1", words: {shipped: SHIPPED}}
`
	dir := fstest.MapFS{
		"a.yaml": {Data: []byte(strings.Replace(node, "ID", "a", 1))},
		"b.yaml": {Data: []byte(strings.Replace(node, "ID", "b", 1))},
		"c.yaml": {Data: []byte(strings.Replace(node, "ID", "d", 1))},
	}
	_, err := Load(dir)
	for _, want := range []string{"belongs to a already", "rename the file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestTheEditorsSchemaKnowsExactlyTheFields(t *testing.T) {
	text, err := os.ReadFile("partner.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	compare(t, schema, schema, reflect.TypeFor[Config](), "")
}

// compare walks type and schema together.
func compare(t *testing.T, root, schema map[string]any, typ reflect.Type, at string) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	switch typ.Kind() {
	case reflect.Pointer:
		compare(t, root, schema, typ.Elem(), at)
	case reflect.Slice:
		compare(t, root, schema["items"].(map[string]any), typ.Elem(), at+"[]")
	case reflect.Map:
		compare(t, root, schema["additionalProperties"].(map[string]any), typ.Elem(), at+".*")
	case reflect.Struct:
		properties, _ := schema["properties"].(map[string]any)
		if schema["additionalProperties"] != false {
			t.Errorf("%s: the schema lets unknown fields pass", at)
		}
		for i := range typ.NumField() {
			name := typ.Field(i).Tag.Get("yaml")
			property, ok := properties[name].(map[string]any)
			if !ok {
				t.Errorf("%s.%s is not in the schema", at, name)
				continue
			}
			delete(properties, name)
			compare(t, root, property, typ.Field(i).Type, at+"."+name)
		}
		for name := range properties {
			t.Errorf("%s.%s is in the schema only", at, name)
		}
	}
}
