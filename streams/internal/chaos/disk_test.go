//go:build unix

package chaos

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv"
)

// restarts bounds how often a damaged instance may end before it comes back: a
// supervisor starts it again, and must not have to do that for ever.
const restarts = 3

// comesBack starts an instance, as often as it ends by itself, until every
// partition has handled an input beyond the marks.
func (w *world) comesBack(i *instance, marks [partitions]int) {
	w.Helper()
	ends := 0
	i.start()
	eventually(w, takeOver, func() error {
		if !i.running() {
			if ends++; ends > restarts {
				w.Fatalf("%s ends again and again:\n%s", i, tailOf(i.Logs()))
			}
			i.start()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for p, mark := range marks {
			if done := w.oracle.partition(int32(p)).done; done <= mark {
				return fmt.Errorf("partition %d stands at input %d; the instance ended %d times", p, done, ends)
			}
		}
		return nil
	})
}

// damage is done to the files of a state directory while its process is dead.
type damage struct {
	name, pattern string
	harm          func(f *os.File, size int64) error
	// aside says that the files must be put aside and all be restored. Else
	// Pebble may open what is left, and the changelog fills it up.
	aside bool
}

// flip changes a byte in every 50 of a part of a file.
func flip(from, to func(size int64) int64) func(*os.File, int64) error {
	return func(f *os.File, size int64) error {
		var b [1]byte
		for at := max(0, from(size)); at < to(size); at += 50 {
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
}

var damages = []damage{
	{
		name: "log damaged in the middle", pattern: "*.log",
		harm: flip(func(size int64) int64 { return size / 4 }, func(size int64) int64 { return size / 2 }),
	},
	{
		name: "log damaged in its last block", pattern: "*.log",
		harm: flip(func(size int64) int64 { return size - 8<<10 }, func(size int64) int64 { return size }),
	},
	{
		name: "tables damaged", pattern: "*.sst", aside: true,
		harm: flip(func(size int64) int64 { return size / 8 }, func(size int64) int64 { return size * 7 / 8 }),
	},
	{ // which Pebble takes for the end of what was written
		name: "manifest cut short", pattern: "MANIFEST-*", aside: true,
		harm: func(f *os.File, size int64) error { return f.Truncate(size / 2) },
	},
}

// do damages all files of a kind that hold enough to be damaged.
func (d damage) do(state string) error {
	files, err := filepath.Glob(filepath.Join(state, "rows", d.pattern))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no file %s below %s: %w", d.pattern, state, err)
	}
	for _, name := range files {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil && info.Size() > 0 {
			err = d.harm(f, info.Size())
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// longLog wants Pebble's log to have several blocks: damage of the last one is
// not told from the end of the log.
func longLog(state string) error {
	const blocks = 4 * 32 << 10
	logs, err := filepath.Glob(filepath.Join(state, "rows", "*.log"))
	var longest int64
	for _, name := range logs {
		if info, err := os.Stat(name); err == nil {
			longest = max(longest, info.Size())
		}
	}
	if longest < blocks {
		return errors.Join(err, fmt.Errorf("the longest log has %d bytes, want %d", longest, blocks))
	}
	return nil
}

// A damaged disk costs a restore and nothing else, and nobody has to do anything.
func TestDamagedFilesAreReplacedFromTheChangelog(t *testing.T) {
	s := seed(t)
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			w := newWorld(t, "damaged", testenv.SharedKafka(t), s)
			only := w.add("a", nil)
			only.start()
			w.begin()
			// A start turns the log of the run before into tables; the run after it
			// has a log of its own.
			eventually(t, 60*time.Second, func() error { return longLog(only.config.state()) })
			only.kill()
			marks, from := w.marks(), time.Now()
			only.start()
			w.passed(marks, from, startLimit)
			eventually(t, 60*time.Second, func() error { return longLog(only.config.state()) })
			only.kill()
			if err := d.do(only.config.state()); err != nil {
				t.Fatal(err)
			}
			from = time.Now()
			w.comesBack(only, w.marks())
			t.Logf("back after %s", time.Since(from).Round(10*time.Millisecond))
			if n := only.logged("put aside"); d.aside && n == 0 || n > 1 {
				t.Errorf("state was put aside %d times", n)
			}
			w.settle()
		})
	}
}

// A full disk may stop the instance or end it, but what it says is committed is,
// and when there is space again it goes on.
func TestFullDiskLosesNothing(t *testing.T) {
	w := newWorld(t, "full", testenv.SharedKafka(t), seed(t))
	only := w.add("a", nil)
	mountSmall(t, only.config.state())
	only.start()
	w.begin()
	ballast := filepath.Join(only.config.state(), "ballast")
	for _, late := range []bool{false, true} {
		if err := fill(ballast); err != nil {
			t.Fatal(err)
		}
		stopped := w.standsStill(only)
		t.Logf("on a full disk the instance %s", stopped)
		if late && only.running() { // it must also bear to be killed like that
			only.kill()
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		marks := w.marks()
		w.comesBack(only, marks)
	}
	w.settle()
}

// standsStill waits until an instance on a full disk has ended with an error, or
// says why it takes no inputs.
func (w *world) standsStill(i *instance) (how string) {
	w.Helper()
	eventually(w, 2*time.Minute, func() error {
		if !i.running() {
			how = fmt.Sprintf("ended with code %d", i.ExitCode())
			if i.ExitCode() <= 0 {
				w.Errorf("%s", how)
			}
			return nil
		}
		s, err := i.status()
		if err == nil && !strings.Contains(s.Waiting, "disk") {
			err = fmt.Errorf("it goes on, waiting for: %q", s.Waiting)
		}
		how = "says: " + s.Waiting
		return err
	})
	return how
}

// fill writes a file until its disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	chunk := make([]byte, 64<<10)
	for size := len(chunk); size > 0; {
		if _, err := f.Write(chunk[:size]); err != nil {
			size /= 2 // to the last byte
		}
	}
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		err = io.ErrShortWrite
	}
	return errors.Join(err, f.Close())
}
