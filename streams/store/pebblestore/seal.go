package pebblestore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace/millrace/streams/store/statedir"
)

// sealFile names the manifest and what it began with after the newest flush. Pebble
// takes a manifest that was cut short for one whose end was not written yet: it
// would forget tables while the log, and with it the cursor, goes on after them.
const sealFile = "rows.seal"

// maxManifest bounds what is read of a manifest, in bytes; Pebble begins a new one
// long before.
const maxManifest = 256 << 20

// seal is the beginning of a manifest.
type seal struct {
	manifest string
	size     int64
	sum      uint32 // CRC-32C
}

func (s seal) String() string { return fmt.Sprintf("%s %d %08x\n", s.manifest, s.size, s.sum) }

func readSeal(text string) (s seal, err error) {
	if _, err := fmt.Sscanf(text, "%s %d %x", &s.manifest, &s.size, &s.sum); err != nil {
		return s, fmt.Errorf("reading %s: %w", sealFile, err)
	}
	return s, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealOf reads the first size bytes of the manifest in use, or all of it when size
// is negative. ok is false when there is no Pebble.
func sealOf(fs vfs.FS, rows string, size int64) (s seal, ok bool, err error) {
	desc, err := pebble.Peek(rows, fs)
	if err != nil || !desc.Exists {
		return s, false, err
	}
	s.manifest = fs.PathBase(desc.ManifestFilename)
	f, err := fs.Open(fs.PathJoin(rows, s.manifest))
	if err != nil {
		return s, false, err
	}
	defer f.Close()
	if size < 0 {
		size = maxManifest
	}
	sum := crc32.New(castagnoli)
	s.size, err = io.Copy(sum, io.LimitReader(f, size))
	s.sum = sum.Sum32()
	return s, true, err
}

// seal writes the seal of what is on disk now. One that cannot be written is no
// harm: the one before says less.
func (s *Store) seal() {
	fs := s.opts.FS
	now, ok, err := sealOf(fs, fs.PathJoin(s.dir.Path(), rowsDir), -1)
	if err == nil && ok {
		err = statedir.WriteFile(fs, s.dir.Path(), sealFile, now.String())
	}
	if err != nil {
		s.faults.background(fmt.Errorf("sealing manifest: %w", err))
	}
}

var errSeal = errors.New("the manifest is not what it was after the last flush")

// checkSeal returns errSeal when the manifest has lost what was sealed.
func checkSeal(fs vfs.FS, dir string) error {
	text, err := statedir.ReadFile(fs, dir, sealFile)
	if err != nil || text == "" {
		return err
	}
	want, err := readSeal(text)
	if err != nil {
		return fmt.Errorf("%w: %w", errSeal, err)
	}
	got, ok, err := sealOf(fs, fs.PathJoin(dir, rowsDir), want.size)
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && !ok:
		return nil // there are no rows that could be wrong
	case err != nil:
		return err
	case got.manifest > want.manifest: // numbers have six digits: Pebble has begun a new one since
		return nil
	case got != want:
		return fmt.Errorf("%w: it begins with %s, want %s", errSeal, got, want)
	}
	return nil
}
