// Package statedir owns the state directory of a process: its exclusive lock,
// the instance id and the transactional ids that were ever used from here.
//
//	LOCK                held while a process uses the directory
//	instance            the instance id, one line
//	transactional-ids   one id a line
//
// Other packages keep their files beside these; see pebblestore.
package statedir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"
)

// ErrInUse is returned by Open when another process has the directory.
var ErrInUse = errors.New("state directory is in use by another process; stop it, or give this one a directory of its own")

const (
	instanceFile = "instance"
	idsFile      = "transactional-ids"
)

// maxFile bounds what is read of a file here, in bytes.
const maxFile = 1 << 20

// Dir is a locked state directory. Make it with Open.
type Dir struct {
	fs       vfs.FS
	path     string
	lock     io.Closer
	instance string

	mu  sync.Mutex
	ids []string
}

// Open locks the directory at path, making it when it is new. It returns
// ErrInUse when another process has it.
func Open(fs vfs.FS, path string) (*Dir, error) {
	if err := fs.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("making state directory %s: %w", path, err)
	}
	if err := SyncDir(fs, fs.PathDir(path)); err != nil {
		return nil, fmt.Errorf("syncing the parent of state directory %s: %w", path, err)
	}
	lock, err := fs.Lock(fs.PathJoin(path, "LOCK"))
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w (%w)", path, ErrInUse, err)
	}
	d := &Dir{fs: fs, path: path, lock: lock}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return d, nil
}

func (d *Dir) load() error {
	instance, err := d.read(instanceFile)
	if err != nil {
		return err
	}
	if d.instance = strings.TrimSpace(instance); d.instance == "" {
		d.instance = uuid.NewString()
		if err := d.write(instanceFile, d.instance+"\n"); err != nil {
			return err
		}
	}
	ids, err := d.read(idsFile)
	d.ids = strings.Fields(ids)
	return err
}

// Path returns the directory.
func (d *Dir) Path() string { return d.path }

// Instance returns the id of the instance: random, made once, the same as long
// as the directory lives.
func (d *Dir) Instance() string { return d.instance }

// TransactionalIDs returns every transactional id that was remembered here,
// oldest first. Fencing all of them ends what a crash left open.
func (d *Dir) TransactionalIDs() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ids)
}

// RememberTransactionalID puts id on the list, on disk before it returns, so
// call it before the id is first used. It is cheap for an id that is known.
func (d *Dir) RememberTransactionalID(id string) error {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' }) {
		return fmt.Errorf("remembering transactional id %q: it must have a character and no blank", id)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.ids, id) {
		return nil
	}
	ids := append(slices.Clone(d.ids), id)
	if err := d.write(idsFile, strings.Join(ids, "\n")+"\n"); err != nil {
		return err
	}
	d.ids = ids
	return nil
}

// Close gives the directory back.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lock == nil {
		return nil
	}
	lock := d.lock
	d.lock = nil
	return lock.Close()
}

func (d *Dir) read(name string) (string, error) { return ReadFile(d.fs, d.path, name) }

// ReadFile returns the text of the file name in dir, at most 1 MiB of it, and
// empty when there is none.
func ReadFile(fs vfs.FS, dir, name string) (string, error) {
	f, err := fs.Open(fs.PathJoin(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", name, err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, maxFile)); err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	return b.String(), nil
}

// write replaces a file by one with text, so that a crash leaves either of them
// and nothing between.
func (d *Dir) write(name, text string) error {
	if err := WriteFile(d.fs, d.path, name, text); err != nil {
		return fmt.Errorf("writing %s in %s: %w", name, d.path, err)
	}
	return nil
}

// WriteFile replaces the file name in dir by one with text, on disk when it
// returns; a crash leaves the old file or the new one.
func WriteFile(fs vfs.FS, dir, name, text string) error {
	next := fs.PathJoin(dir, name+".next")
	f, err := fs.Create(next, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := fs.Rename(next, fs.PathJoin(dir, name)); err != nil {
		return err
	}
	return SyncDir(fs, dir)
}

// SyncDir makes the names in dir survive a crash.
func SyncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
