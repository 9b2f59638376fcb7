package pebblestore

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/millrace/millrace/streams/store/statedir"
)

// filled makes a store of 2,000 batches in a new directory of the real file
// system and closes it. With tables, all rows are in tables; else in the log.
func filled(t *testing.T, tables bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s, p, lease := openSpace(t, dir, Options{})
	for n := 1; n <= 2000; n++ {
		if err := p.Apply(lease, step(n)); err != nil {
			t.Fatal(err)
		}
	}
	if tables {
		if err := errors.Join(s.sink(), s.db.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// each calls fn for every file of a kind.
func each(t *testing.T, dir, pattern string, fn func(f *os.File, size int64) error) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, rowsDir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file %s in %s (error %v)", pattern, dir, err)
	}
	for _, name := range files {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err == nil {
			err = fn(f, info.Size())
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// damage flips bits all over the middle of a file, and nothing else.
func damage(f *os.File, size int64) error {
	var b [1]byte
	for at := size / 8; at < size*7/8; at += 50 {
		if _, err := f.ReadAt(b[:], at); err != nil {
			return err
		}
		b[0] ^= 0x5a
		if _, err := f.WriteAt(b[:], at); err != nil {
			return err
		}
	}
	return nil
}

// cut takes the second half of a file away.
func cut(f *os.File, size int64) error { return f.Truncate(size / 2) }

// foreign replaces a file by something else.
func foreign(f *os.File, _ int64) error {
	_, err := f.WriteAt([]byte("not what it was"), 0)
	return errors.Join(err, f.Truncate(15))
}

// wantNew checks that dir opens as an empty, usable store, with so many
// directories in quarantine, and that the identity of the process stayed.
func wantNew(t *testing.T, dir string, aside int) {
	t.Helper()
	for _, want := range []int64{0, 1} { // once to make it, once to see that it lasts
		s, p, lease := openSpace(t, dir, Options{})
		if c, _, err := p.Cursor(); err != nil || c.Next != want {
			t.Errorf("cursor is %d (error %v), want %d", c.Next, err, want)
		}
		if err := errors.Join(p.Apply(lease, step(1)), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	names, _ := vfs.Default.List(filepath.Join(dir, quarantineDir))
	if len(names) != aside {
		t.Errorf("quarantine holds %q, want %d", names, aside)
	}
}

func TestDamagedLogOrManifestIsPutAside(t *testing.T) {
	for _, pattern := range []string{"*.log", "MANIFEST-*"} {
		t.Run(pattern, func(t *testing.T) {
			dir := filled(t, false)
			each(t, dir, pattern, damage)
			wantNew(t, dir, 1)
		})
	}
	t.Run("manifest cut short", func(t *testing.T) {
		dir := filled(t, true)
		each(t, dir, "MANIFEST-*", cut)
		wantNew(t, dir, 1)
	})
	t.Run("foreign manifest", func(t *testing.T) {
		dir := filled(t, true)
		each(t, dir, "MANIFEST-*", foreign)
		wantNew(t, dir, 1)
	})
}

func TestDamagedTableIsReportedAndPutAsideAtTheNextOpen(t *testing.T) {
	dir := t.TempDir()
	s, p, lease := openSpace(t, dir, Options{})
	for n := 1; n <= 100; n++ {
		if err := p.Apply(lease, step(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.sink(), s.db.Flush()); err != nil {
		t.Fatal(err)
	}
	each(t, dir, "*.sst", damage)
	select {
	case <-s.Damaged():
		t.Error("damage was met before a read")
	default:
	}
	err := p.Scan(nil, nil, func(_, _ []byte) bool { return true })
	select {
	case <-s.Damaged():
	case <-time.After(10 * time.Second):
		t.Error("damage was met and Damaged is not closed")
	}
	_, getErr := p.Get(step(1).Rows[0].Key)
	for _, err := range []error{err, getErr, p.Apply(lease, step(101)), s.Err()} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("a call on a damaged table: %v, want ErrDamaged", err)
		}
	}
	_ = s.Close()
	if _, err := os.Stat(filepath.Join(dir, badFile)); err != nil {
		t.Fatalf("the directory is not marked: %v", err)
	}
	wantNew(t, dir, 1)
}

func TestTableDamagedWhileTheStoreWasClosedIsNeverReadAsRows(t *testing.T) {
	for name, harm := range map[string]func(*os.File, int64) error{"damaged": damage, "cut off": cut, "foreign": foreign} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t, true)
			each(t, dir, "*.sst", harm)
			// Open may meet the damage itself, and then starts anew.
			s, p, _ := openSpace(t, dir, Options{})
			rows := 0
			err := p.Scan(nil, nil, func(_, _ []byte) bool { rows++; return true })
			if !errors.Is(err, ErrDamaged) && (err != nil || rows > 0) {
				t.Errorf("%d rows were read (error %v)", rows, err)
			}
			_ = s.Close()
			wantNew(t, dir, 1)
		})
	}
}

func TestQuarantineKeepsTheNewestTwo(t *testing.T) {
	fs := vfs.NewMem()
	if err := fs.MkdirAll("state", 0o700); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	for i := range 4 {
		if err := fs.MkdirAll("state/rows", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := quarantine(fs, "state", now.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	names, err := fs.List("state/quarantine")
	if err != nil || len(names) != 2 || !strings.HasSuffix(max(names[0], names[1]), "221323.000000000Z") {
		t.Errorf("quarantine holds %q (error %v)", names, err)
	}
}

func TestSecondStoreInOneDirectoryIsRefused(t *testing.T) {
	fs := vfs.NewMem()
	s, _, _ := openSpace(t, "state", small(fs))
	defer s.Close()
	if _, err := Open("state", small(fs)); !errors.Is(err, statedir.ErrInUse) {
		t.Errorf("second Open: %v, want ErrInUse", err)
	}
}

func TestMachineTroubleAtOpenIsNoDamage(t *testing.T) {
	mem := vfs.NewMem()
	s, p, lease := openSpace(t, "state", small(mem))
	if err := errors.Join(p.Apply(lease, step(1)), s.Close()); err != nil {
		t.Fatal(err)
	}
	full := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.Contains(op.Path, rowsDir) && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.ENOSPC
		}
		return nil
	}))
	if _, err := Open("state", small(full)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Open on a full disk: %v, want ENOSPC", err)
	}
	s, p, _ = openSpace(t, "state", small(mem))
	defer s.Close()
	if c, _, err := p.Cursor(); c.Next != 1 || err != nil {
		t.Errorf("cursor is %d after space was made, want 1 (error %v)", c.Next, err)
	}
}

func TestCallsOnAClosedStoreAreRefused(t *testing.T) {
	s, p, lease := openSpace(t, "state", small(vfs.NewMem()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, getErr := p.Get([]byte("k"))
	_, openErr := s.Open("order", 1)
	for _, err := range []error{getErr, openErr, s.Flush(), p.Apply(lease, step(1))} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("error is %v, want ErrClosed", err)
		}
	}
}

func TestFormatIsTheNewest(t *testing.T) {
	if format != pebble.FormatNewest {
		t.Errorf("format is %d, the newest of this Pebble is %d: raise it, it may not be lowered again", format, pebble.FormatNewest)
	}
}
