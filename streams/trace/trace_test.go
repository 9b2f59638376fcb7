package trace_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams/trace"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestContextSurvivesHeadersAndRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := trace.Context{Flags: rapid.Byte().Draw(t, "flags"), State: rapid.StringN(0, 100, 512).Draw(t, "state")}
		copy(want.Trace[:], rapid.SliceOfN(rapid.ByteMin(1), 16, 16).Draw(t, "trace"))
		copy(want.Span[:], rapid.SliceOfN(rapid.ByteMin(1), 8, 8).Draw(t, "span"))
		if got := trace.Parse(want.AppendParent(nil), []byte(want.State)); got != want {
			t.Fatalf("through headers: %+v, want %+v", got, want)
		}
		if got, err := trace.Read(want.Append(nil)); got != want || err != nil {
			t.Fatalf("through a row: %+v (%v), want %+v", got, err, want)
		}
	})
}

func TestParentIsReadAsSpecified(t *testing.T) {
	for text, valid := range map[string]bool{
		parent:                                        true,
		"00-" + strings.ToUpper(parent[3:]):           false,
		"ff" + parent[2:]:                             false,
		"01" + parent[2:] + "-what comes":             true,
		"01" + parent[2:] + "what":                    false,
		parent + "-more":                              false,
		parent[:54]:                                   false,
		strings.Replace(parent, "-", "_", 1):          false,
		"00-" + strings.Repeat("0", 32) + parent[35:]: false,
		parent[:36] + strings.Repeat("0", 16) + "-01": false,
		"0x" + parent[2:]:                             false,
		"":                                            false,
	} {
		if got := trace.Parse([]byte(text), nil); got.Valid() != valid {
			t.Errorf("%q: valid is %v, want %v", text, got.Valid(), valid)
		}
	}
	if c := trace.Parse([]byte(parent), nil); !c.Sampled() || string(c.AppendParent(nil)) != parent {
		t.Errorf("%s was read as %+v", parent, c)
	}
	if c := trace.Parse([]byte(parent), make([]byte, 513)); c.State != "" || !c.Valid() {
		t.Errorf("a state that is too long: %+v", c)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(parent), []byte("a=b"))
	f.Fuzz(func(t *testing.T, parent, state []byte) {
		c := trace.Parse(parent, state)
		if again := trace.Parse(c.AppendParent(nil), []byte(c.State)); c.Valid() && again != c {
			t.Fatalf("%+v came back as %+v", c, again)
		}
	})
}
