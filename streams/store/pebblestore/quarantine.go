package pebblestore

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/streams/store/statedir"
)

const (
	rowsDir       = "rows"
	badFile       = "rows.bad"
	quarantineDir = "quarantine"
	// quarantined is how many bad directories are kept for whoever looks.
	quarantined = 2
)

// openRows opens the Pebble in dir and reads its dictionary. One that is marked,
// or that cannot be opened although the machine is well, is put aside and a new
// one made: a process must not fail on the same files again and again.
func openRows(dir string, opts Options, f *faults) (*pebble.DB, map[string]uint32, error) {
	fs := opts.FS
	if _, err := fs.Stat(fs.PathJoin(dir, badFile)); err == nil {
		f.logger.line(zerolog.WarnLevel, "state is marked as damaged and put aside; it is filled again from the changelog")
		if err := quarantine(fs, dir, time.Now()); err != nil {
			return nil, nil, err
		}
	}
	var db *pebble.DB
	var apps map[string]uint32
	err := checkSeal(fs, dir)
	if err == nil {
		db, apps, err = tryRows(fs.PathJoin(dir, rowsDir), opts, f)
	}
	if err == nil || outside(err) {
		return db, apps, err
	}
	f.logger.line(zerolog.ErrorLevel, "state cannot be opened and is put aside; it is filled again from the changelog: %v", err)
	if err := quarantine(fs, dir, time.Now()); err != nil {
		return nil, nil, err
	}
	f.forget()
	return tryRows(fs.PathJoin(dir, rowsDir), opts, f)
}

func tryRows(path string, opts Options, f *faults) (*pebble.DB, map[string]uint32, error) {
	db, err := pebble.Open(path, opts.pebble(f))
	if err != nil {
		return nil, nil, err
	}
	apps, err := readApps(db)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, apps, nil
}

// quarantine moves the rows in dir aside, then takes the mark away. In this
// order: a crash between the two leaves a mark with nothing to move.
func quarantine(fs vfs.FS, dir string, now time.Time) error {
	aside := fs.PathJoin(dir, quarantineDir)
	if err := fs.MkdirAll(aside, 0o700); err != nil {
		return fmt.Errorf("making %s: %w", aside, err)
	}
	if err := prune(fs, aside); err != nil {
		return err
	}
	// The format sorts by time and holds no character that a file system dislikes.
	name := fs.PathJoin(aside, now.UTC().Format("20060102T150405.000000000Z"))
	err := fs.Rename(fs.PathJoin(dir, rowsDir), name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("putting damaged state aside as %s: %w", name, err)
	}
	for _, of := range []string{sealFile, badFile} {
		if err := fs.Remove(fs.PathJoin(dir, of)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing %s: %w", of, err)
		}
	}
	return errors.Join(statedir.SyncDir(fs, aside), statedir.SyncDir(fs, dir))
}

// prune makes room for one more directory under aside.
func prune(fs vfs.FS, aside string) error {
	names, err := fs.List(aside)
	if err != nil {
		return fmt.Errorf("listing %s: %w", aside, err)
	}
	slices.Sort(names)
	for len(names) >= quarantined {
		if err := fs.RemoveAll(fs.PathJoin(aside, names[0])); err != nil {
			return fmt.Errorf("removing old quarantine %s: %w", names[0], err)
		}
		names = names[1:]
	}
	return nil
}
