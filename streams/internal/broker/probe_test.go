package broker

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A broker that was killed with a transaction open counts it as aborted, and the
// embedded one leaves no marker behind it: only the log itself can tell that
// nothing committed is left before its end.
func TestProbePassesAbortedRecordsWithoutAMarker(t *testing.T) {
	dir := t.TempDir()
	open := func(dir string) *kgo.Client {
		fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(dir), kfake.SeedTopics(1, "log"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(fake.Close)
		cl, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.TransactionalID("t"), kgo.DefaultProduceTopic("log"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cl.Close)
		return cl
	}
	cl := open(dir)
	write := func(n int) {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for range n {
			if err := cl.ProduceSync(t.Context(), kgo.StringRecord("value")).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(3)
	if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	write(2) // offsets 4 and 5, behind the marker, and never ended
	if next, err := probe(t.Context(), cl, "log", 0, 4); err != nil || next != 4 {
		t.Fatalf("with the transaction open: next %d, %v; want 4, since its records may still be committed", next, err)
	}

	image := filepath.Join(t.TempDir(), "image")
	if err := os.CopyFS(image, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	cl = open(image)
	if next, err := probe(t.Context(), cl, "log", 0, 4); err != nil || next != 6 {
		t.Errorf("after the crash: next %d, %v; want 6, the end", next, err)
	}
	if next, err := probe(t.Context(), cl, "log", 0, 0); err != nil || next != 0 {
		t.Errorf("before committed records: next %d, %v; want 0, since they must be read", next, err)
	}
}
