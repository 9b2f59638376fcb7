package pebblestore

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/streams/store/statedir"
)

// ErrDamaged is wrapped by every error of a store whose files are damaged. The
// directory is marked: end the process, and the next Open starts with an empty
// store that is filled from the changelogs.
var ErrDamaged = errors.New("state on disk is damaged; restart to fill it again from the changelog")

// ErrDisk is wrapped by Err when Pebble cannot write its tables, most often for
// lack of space. It goes on trying.
var ErrDisk = errors.New("writing state to disk fails; make space on the disk of the state directory")

// ErrClosed is returned by calls on a closed store.
var ErrClosed = errors.New("store is closed")

// retryPause slows down Pebble, which tries a failed flush again at once.
const retryPause = 100 * time.Millisecond

// faults remembers what went wrong with the disk. Its methods are called by
// Pebble, sometimes with its locks held, and so must not call back.
type faults struct {
	opts   Options
	dir    string
	logger *logger

	damaged atomic.Pointer[error]
	known   chan struct{} // closed with damaged
	// unsealed gets a value after each flush, see seal.
	unsealed chan struct{}
	disk     atomic.Pointer[diskFault]
}

// diskFault is the newest failure of a background job.
type diskFault struct {
	err error
	at  time.Time
}

func newFaults(dir string, opts Options) *faults {
	return &faults{opts: opts, dir: dir, known: make(chan struct{}), unsealed: make(chan struct{}, 1), logger: newLogger(opts.Logger, opts.Fatal)}
}

// flushed hears of a flush that has ended.
func (f *faults) flushed(info pebble.FlushInfo) {
	if !info.Done || info.Err != nil {
		return
	}
	select {
	case f.unsealed <- struct{}{}:
	default:
	}
}

// background hears of a flush or compaction that failed and is tried again.
func (f *faults) background(err error) {
	if pebble.IsCorruptionError(err) {
		f.markDamaged(err)
		return
	}
	f.logger.line(zerolog.ErrorLevel, "background job failed: %v", err)
	f.disk.Store(&diskFault{err: err, at: time.Now()})
	// Pebble tries again without a pause and without an end; it waits here.
	time.Sleep(retryPause)
}

func (f *faults) corruption(info pebble.DataCorruptionInfo) {
	f.markDamaged(fmt.Errorf("file %s: %w", info.Path, info.Details))
}

// markDamaged leaves a file that makes the next Open put the directory aside.
// A mark that cannot be written is no harm: the damage will be met again.
func (f *faults) markDamaged(cause error) {
	if !f.damaged.CompareAndSwap(nil, &cause) {
		return
	}
	defer close(f.known) // when the mark is on disk: whoever hears of it may end the process
	f.logger.line(zerolog.ErrorLevel, "state is damaged: %v", cause)
	if err := statedir.WriteFile(f.opts.FS, f.dir, badFile, cause.Error()+"\n"); err != nil {
		f.logger.line(zerolog.ErrorLevel, "marking damaged state: %v", err)
	}
}

// forget begins anew, for the empty store that takes the damaged one's place.
func (f *faults) forget() {
	f.damaged.Store(nil)
	f.known = make(chan struct{})
}

// check returns why the store cannot be used, or nil.
func (f *faults) check() error {
	if cause := f.damaged.Load(); cause != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, *cause)
	}
	return nil
}

// wrap makes an error of Pebble one of this package. What is not the fault of
// the machine is damage, also where Pebble does not call it corruption: it says
// EOF of a table that was cut off, and would say so again after each restart.
func (f *faults) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	if outside(err) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	f.markDamaged(err)
	return fmt.Errorf("%s: %w: %w", doing, ErrDamaged, err)
}

// recent returns the failure of a background job within the last while.
func (f *faults) recent(while time.Duration) error {
	last := f.disk.Load()
	if last == nil || time.Since(last.at) > while {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrDisk, last.err)
}

// outside says that err is the fault of the machine and not of the files, so
// that an empty directory would fare no better.
func outside(err error) bool {
	for _, e := range []error{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, syscall.EPERM, syscall.EROFS,
		syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
