package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAFreezeNamesWhatWhoAndWhy(t *testing.T) {
	var written string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		written = r.Method + " " + r.URL.EscapedPath() + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"freeze", "sku/a/b", "--by", "ann", "--reason", "counted twice"}, `PUT /v1/audit/freezes/sku/a%2Fb {"frozen":true,"by":"ann","reason":"counted twice"}`},
		{[]string{"thaw", "order/o1", "--by", "ann", "--reason", "looked"}, `PUT /v1/audit/freezes/order/o1 {"frozen":false,"by":"ann","reason":"looked"}`},
		{[]string{"freeze", "sku/a/b", "--by", "ann"}, ""},
		{[]string{"freeze", "lamp", "--by", "ann", "--reason", "odd"}, ""},
	} {
		written = ""
		cmd := auditCommand(&remote{server: server.URL})
		cmd.SetArgs(c.args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		if err := cmd.Execute(); written != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q wrote %s with %v, want %s", c.args, written, err, c.want)
		}
	}
}

func TestOnlyInvariantsAboutItemsAndOrdersFreeze(t *testing.T) {
	if all, err := freezing([]string{"I2", "M1"}); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	for _, name := range []string{"I9", "K1", ""} {
		if all, err := freezing([]string{name}); err == nil {
			t.Errorf("%q freezes %v", name, all)
		}
	}
}
