package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Pools are written whole, so a change of one keeps the others as they are, and
// names the version after the one that was read.
func TestAChangeOfOnePoolKeepsTheOthers(t *testing.T) {
	var written string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.EscapedPath() == "/v1/stock/items/a%2Fb" {
			_, _ = io.WriteString(w, `{"sku":"a/b","pools":[{"pool":"club","node":"north","quantity":5,"channels":[],"classes":["gold"],"used":2,"units":3}],"pools_version":7}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		written = r.Method + " " + r.URL.EscapedPath() + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	const club = `{"pool":"club","node":"north","quantity":5,"classes":["gold"]}`
	for args, want := range map[string]string{
		"set a/b launch south 4 --channel shop --until 2026-12-01T00:00:00Z": `PUT /v1/stock/items/a%2Fb/pools {"version":8,"pools":[` + club + `,{"pool":"launch","node":"south","quantity":4,"channels":["shop"],"until":"2026-12-01T00:00:00Z"}]}`,
		"set a/b club north 9 --class gold":                                  `PUT /v1/stock/items/a%2Fb/pools {"version":8,"pools":[{"pool":"club","node":"north","quantity":9,"classes":["gold"]}]}`,
		"release a/b club":                                                   `PUT /v1/stock/items/a%2Fb/pools {"version":8,"pools":[]}`,
		"release a/b none":                                                   "",
		"set a/b club north many":                                            "",
	} {
		written = ""
		cmd := stockCommand(&remote{server: server.URL})
		cmd.SetArgs(append([]string{"pools"}, strings.Fields(args)...))
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		if err := cmd.Execute(); written != want || (err == nil) != (want != "") {
			t.Errorf("%s wrote %s with %v, want %s", args, written, err, want)
		}
	}
}
