package statedir_test

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace/millrace/streams/store/statedir"
)

func open(t *testing.T, fs vfs.FS, path string) *statedir.Dir {
	t.Helper()
	d, err := statedir.Open(fs, path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestInstanceAndTransactionalIDsSurviveACrash(t *testing.T) {
	fs := vfs.NewCrashableMem()
	d := open(t, fs, "state")
	for _, id := range []string{"order-a-0", "order-a-1", "order-a-0"} {
		if err := d.RememberTransactionalID(id); err != nil {
			t.Fatal(err)
		}
	}
	crashed := fs.CrashClone(vfs.CrashCloneCfg{})
	after := open(t, crashed, "state")
	if after.Instance() != d.Instance() || after.Instance() == "" {
		t.Errorf("instance is %q after the crash, want %q", after.Instance(), d.Instance())
	}
	want := []string{"order-a-0", "order-a-1"}
	if got := after.TransactionalIDs(); !slices.Equal(got, want) {
		t.Errorf("transactional ids after the crash are %q, want %q", got, want)
	}
}

func TestTwoDirectoriesHaveTwoInstances(t *testing.T) {
	fs := vfs.NewMem()
	if a, b := open(t, fs, "a"), open(t, fs, "b"); a.Instance() == b.Instance() {
		t.Errorf("both are instance %s", a.Instance())
	}
}

func TestTransactionalIDWithABlankIsRefused(t *testing.T) {
	d := open(t, vfs.NewMem(), "state")
	for _, id := range []string{"", "a b", "a\nb"} {
		if err := d.RememberTransactionalID(id); err == nil {
			t.Errorf("id %q was taken", id)
		}
	}
	if ids := d.TransactionalIDs(); len(ids) != 0 {
		t.Errorf("remembered %q", ids)
	}
}
