package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// journal is an append-only file of JSON lines. A line is in the file before
// the call that made it is answered, so a killed process forgets nothing it
// has acknowledged; a line cut short by the kill is taken off at the start.
type journal struct {
	file *os.File // nil: nothing is kept
	line bytes.Buffer
}

const maxJournalLine = 8 << 20 // longer than the longest body a twin accepts

// openJournal reads each entry of the file and leaves it ready for more. An
// empty dir keeps nothing.
func openJournal[E any](dir, name string, replay func(E) error) (*journal, error) {
	if dir == "" {
		return &journal{}, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the twin's folder: %w", err)
	}
	path := filepath.Join(dir, name+".jsonl")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening journal: %w", err)
	}
	good, err := readJournal(file, replay)
	if err == nil {
		err = cut(file, good)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading journal %s: %w", path, err), file.Close())
	}
	return &journal{file: file}, nil
}

// readJournal returns the length of the whole lines.
func readJournal[E any](file *os.File, replay func(E) error) (good int64, err error) {
	lines := bufio.NewReaderSize(file, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return good, nil
		}
		if err != nil {
			return good, err
		}
		if len(line) > maxJournalLine {
			return good, fmt.Errorf("line %d has %d bytes", n, len(line))
		}
		var entry E
		if err := json.Unmarshal(line, &entry); err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		if err := replay(entry); err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		good += int64(len(line))
	}
}

func cut(file *os.File, good int64) error {
	if err := file.Truncate(good); err != nil {
		return err
	}
	_, err := file.Seek(good, io.SeekStart)
	return err
}

// write appends entries with one system call. The caller holds the twin's lock.
func write[E any](j *journal, entries ...E) error {
	if j.file == nil {
		return nil
	}
	j.line.Reset()
	encoder := json.NewEncoder(&j.line)
	encoder.SetEscapeHTML(false)
	for _, e := range entries {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("encoding journal entry: %w", err)
		}
	}
	if _, err := j.file.Write(j.line.Bytes()); err != nil {
		return fmt.Errorf("writing journal: %w", err)
	}
	return nil
}

func (j *journal) Close() error {
	if j.file == nil {
		return nil
	}
	file := j.file
	j.file = nil
	return file.Close()
}
