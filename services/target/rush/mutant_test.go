//go:build unix

package rush_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mistakes are what a check of histories has to see. No count of stock is wrong by
// them at any moment, so nothing else would.
var mistakes = []struct{ name, file, old, new string }{
	{
		"a release does not refuse the reserve that it overtook", "release.go",
		"h.Released = max(h.Released, c.Plan)", "",
	},
	{
		"a basket that becomes an order keeps nothing", "machine.go",
		"{event.ReservationStateHeld, Commit, nil, event.ReservationStateCommitted, keep,", "{event.ReservationStateHeld, Commit, nil, event.ReservationStateClosed, keep,",
	},
}

// histories bounds how many are drawn for a mistake to show: each is another one, and
// some meet no release that overtakes a reserve.
const histories = 8

// stockDir is the room of stock, seen from here.
const stockDir = "../../stock"

// Each mistake is given to the compiler in place of the file, as in the suite of
// the runtime: the product does not know of it.
func TestHistoriesShowMistakesThatNoCountShows(t *testing.T) {
	if testing.Short() {
		t.Skip("builds this test once for each mistake")
	}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			dir := t.TempDir()
			source, err := filepath.Abs(filepath.Join(stockDir, m.file))
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(text, []byte(m.old)); n != 1 {
				t.Fatalf("%s has %q %d times: say here what the mistake is now", m.file, m.old, n)
			}
			mutated, overlay, binary := filepath.Join(dir, m.file), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "tests")
			list, err := json.Marshal(map[string]map[string]string{"Replace": {source: mutated}})
			if err := errors.Join(err, os.WriteFile(mutated, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o600), os.WriteFile(overlay, list, 0o600)); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
				t.Fatalf("building: %v\n%s", err, out)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			for try := 1; ; try++ {
				out, err := exec.CommandContext(ctx, binary, "-test.run", "^TestWhatStockAnswersIsLinearizable$", "-test.short").CombinedOutput()
				switch {
				case err != nil && strings.Contains(string(out), "is not linearizable: Illegal"):
					t.Logf("seen in history %d", try)
					return
				case try == histories:
					t.Fatalf("it was not seen in %d histories: %v\n%s", try, err, out)
				}
			}
		})
	}
}
