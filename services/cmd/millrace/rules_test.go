package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"
)

func TestRuleFileIsTakenAnewAndAFaultyOneIsNot(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("version: one\nmax_nodes: 1\n")
	f, err := openRules(name, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"version: second\nmax_nodes: 2\n", "second"},
		{"version: third\nmax_nodes: none\n", "second"},
		{"version: fourth\nmax_nodes: 1\nworld: {nodes: [{node: n}]}\nexamples: [{name: x, at: 2026-11-24T09:00:00Z, order: {lines: [{sku: s, qty: 1}]}, want: {parcels: {n: 1}}}]\n", "second"},
		{"version: the fifth\nmax_nodes: 1\n", "the fifth"},
	} {
		write(c.text)
		f.refresh()
		if got := f.rules()().Version; got != c.want {
			t.Errorf("after %q rules %s are in use, want %s", c.text, got, c.want)
		}
	}
	if _, err := openRules(filepath.Join(t.TempDir(), "none.yaml"), zerolog.Nop()); err == nil {
		t.Error("a rule file that does not exist was opened")
	}
}
