package event_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

func TestNamespaceIsDerivedFromTheProjectName(t *testing.T) {
	if want := uuid.NewSHA1(uuid.NameSpaceDNS, []byte("millrace")); event.NS != want {
		t.Errorf("NS = %s, want %s", event.NS, want)
	}
}

func TestIDsMatchVectorsOfAnotherImplementation(t *testing.T) {
	file, err := os.Open("testdata/ids.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	vectors := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		vectors++
		f := strings.Split(lines.Text(), "\t")
		var got string
		switch f[0] {
		case "order":
			got = event.OrderID(f[1], f[2])
		case "return":
			got = event.ReturnID(f[1], f[2])
		case "alert":
			got = event.AlertID(f[1], f[2], f[3:len(f)-1]...)
		case "derived":
			ordinal, err := strconv.Atoi(f[3])
			if err != nil {
				t.Fatal(err)
			}
			got = event.Derived(f[1], f[2], ordinal)
		default:
			t.Fatalf("unknown rule %q", f[0])
		}
		if want := f[len(f)-1]; got != want {
			t.Errorf("%s = %s, want %s", lines.Text(), got, want)
		}
	}
	if vectors < 11 {
		t.Errorf("read %d vectors, want all 11", vectors)
	}
}

func TestDerivedIDsDifferByCauseTopicAndOrdinal(t *testing.T) {
	name := rapid.StringMatching(`[a-z.]{1,20}`)
	rapid.Check(t, func(t *rapid.T) {
		cause, other := event.OrderID("c", name.Draw(t, "cause")), event.OrderID("d", name.Draw(t, "other"))
		topic, ordinal := name.Draw(t, "topic"), rapid.IntRange(0, 1000).Draw(t, "ordinal")
		id := event.Derived(cause, topic, ordinal)
		for what, changed := range map[string]string{
			"cause":   event.Derived(other, topic, ordinal),
			"topic":   event.Derived(cause, topic+"x", ordinal),
			"ordinal": event.Derived(cause, topic, ordinal+1),
		} {
			if id == changed {
				t.Fatalf("id stays %s when the %s changes", id, what)
			}
		}
	})
}

func TestOrderAndReturnWithOneNumberHaveDifferentIDs(t *testing.T) {
	if event.OrderID("shop", "1") == event.ReturnID("shop", "1") {
		t.Error("an order and a return share an id")
	}
}
