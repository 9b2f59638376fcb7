package partner

import (
	"encoding/json"
	"os"
	"path/filepath"
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

func TestAPartnerIsNotNamedAsASourceOfOurOwn(t *testing.T) {
	_, err := Parse([]byte("id: returns\nname: Returns desk\nrole: wms\n"))
	if err == nil || !strings.Contains(err.Error(), "source of our own") {
		t.Errorf("error %v, want one that says why the id is taken", err)
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

func TestWhatBoundsStockIsRead(t *testing.T) {
	text := `
id: a
name: A
role: wms
vendor: twinwms
transport: http
base_url: http://127.0.0.1:1
node: {id: north, rank: 1, goods_issue: movement, safety_stock: 2, accuracy: 98}
statuses: {version: "1", words: {shipped: SHIPPED}}
baseline:
  nodes: [north]
  ack_within: 2h
  news_within: 0s
  breaker: {zeroed: 5, changed: 20, moved: 10, value: 100000}
  thresholds: {unknown: 3, duplicate: 1}
`
	c, err := Parse([]byte(text))
	if err != nil || c.Node.SafetyStock != 2 || c.Node.Accuracy != 98 || c.Baseline.Breaker.Moved != 10 || c.Baseline.Thresholds["unknown"] != 3 || c.Baseline.NewsWithin == nil || *c.Baseline.NewsWithin != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	for old, fault := range map[string][2]string{
		"safety_stock: 2": {"safety_stock: -1", "node.safety_stock"}, "accuracy: 98": {"accuracy: 101", "node.accuracy"}, "zeroed: 5": {"zeroed: 0", "baseline.breaker.zeroed"},
		"value: 100000": {"value: -1", "baseline.breaker.value"}, "duplicate: 1": {"doubled: 1", "baseline.thresholds"}, "ack_within: 2h": {"ack_within: -2h", "baseline:"},
		"news_within: 0s": {"news_within: 25h", "baseline.news_within"},
	} {
		if _, err := Parse([]byte(strings.Replace(text, old, fault[0], 1))); err == nil || !strings.Contains(err.Error(), fault[1]) {
			t.Errorf("%s: error %v, want one that names %s", fault[0], err, fault[1])
		}
	}
}

func TestOfferedPartnersAreWholeAndNobodyHasThemUnasked(t *testing.T) {
	works, ok := ByID(Offered(), "works")
	if !ok || works.Role != Supplier || works.Node == nil || works.Baseline == nil {
		t.Fatalf("works is %+v", works)
	}
	if _, ok := ByID(Shipped(), "works"); ok {
		t.Error("works is shipped")
	}
}

func TestASupplierCountsItsOwnNodeAndNothingElse(t *testing.T) {
	works, _ := ByID(Offered(), "works")
	for want, spoil := range map[string]func(c *Config){
		"baseline.nodes":   func(c *Config) { c.Baseline.Nodes = []string{"north"} },
		"not net":          func(c *Config) { c.Baseline.Net = true },
		"is sellable":      func(c *Config) { c.Baseline.Sellable = false },
		"node.goods_issue": func(c *Config) { c.Node.GoodsIssue = "movement" },
	} {
		c, baseline, node := works, *works.Baseline, *works.Node
		c.Baseline, c.Node = &baseline, &node
		spoil(&c)
		if err := c.Lint(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that names %s", err, want)
		}
	}
}

func TestAWebhookIsForAChannelAndNamesItsSecrets(t *testing.T) {
	const channel = "id: shop\nname: Shop\nrole: channel\ntransport: webhook\nsells: {currencies: [EUR], shortage: backorder, nodes: [north]}\n"
	c, err := Parse([]byte(channel + "webhook: {url: https://shop.example/hook, secrets: [file:/run/new, env:OLD]}\n"))
	if err != nil || c.Webhook.URL != "https://shop.example/hook" || len(c.Webhook.Secrets) != 2 {
		t.Errorf("a webhook is read as %+v: %v", c.Webhook, err)
	}
	for field, text := range map[string]string{
		"webhook:":            channel,
		"webhook.url:":        channel + "webhook: {url: http://shop.example, secrets: [env:KEY]}\n",
		"webhook.secrets:":    channel + "webhook: {url: https://shop.example}\n",
		"webhook.secrets[0]:": channel + "webhook: {url: https://shop.example, secrets: [s3cret]}\n",
		"webhook.state:":      channel + "webhook: {url: https://shop.example, secrets: [env:KEY], state: away}\n",
		"is for a channel":    "id: books\nname: Books\nrole: erp\ntransport: http\nwebhook: {url: https://shop.example, secrets: [env:KEY]}\n",
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v, want one that names %s and shows no secret", err, field)
		}
	}
}

func TestAChannelDemandsHowLongGoodsLiveWithinBounds(t *testing.T) {
	for days, good := range map[int64]bool{0: true, 30: true, 3650: true, -1: false, 3651: false} {
		c, _ := ByID(Shipped(), "northwind")
		sells := *c.Sells
		sells.MinShelfLifeDays, c.Sells = days, &sells
		if err := c.Lint(); good != (err == nil) || !good && !strings.Contains(err.Error(), "sells.min_shelf_life_days: is ") {
			t.Errorf("%d days: %v", days, err)
		}
	}
}

func TestASecretIsReadWhereItsReferenceSays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MILLRACE_TEST_SECRET", "from the environment")
	for ref, want := range map[string]string{"": "", "file:" + file: "from the file", "env:MILLRACE_TEST_SECRET": "from the environment"} {
		if got, err := Reveal(ref); err != nil || got != want {
			t.Errorf("%q is %q, want %q (%v)", ref, got, want, err)
		}
	}
	for _, ref := range []string{"env:MILLRACE_TEST_MISSING", "file:" + file + ".missing"} {
		if _, err := Reveal(ref); err == nil {
			t.Errorf("%s was found", ref)
		}
	}
}
