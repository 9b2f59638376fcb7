package kafka

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The folder of the broker has partitions/<topic>-<number>/ with the records.
// While it is compacted, linkedDir holds links to all of these files: removing
// and rewriting them leaves what the links point to untouched. linkingDir is
// the same set while it is still, or no longer, complete.
const (
	partitionsDir = "partitions"
	linkedDir     = "compacting"
	linkingDir    = "compacting.tmp"
)

// linkPartitions links every file of every partition. Until it returns, and
// until dropLinks, nothing may be appended: a restore would lose it.
func linkPartitions(dataDir string) error {
	source, linking := filepath.Join(dataDir, partitionsDir), filepath.Join(dataDir, linkingDir)
	if err := os.RemoveAll(linking); err != nil {
		return fmt.Errorf("removing old links: %w", err)
	}
	if err := os.MkdirAll(source, 0o750); err != nil {
		return fmt.Errorf("creating %s: %w", partitionsDir, err)
	}
	err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(linking, inside), 0o750)
		}
		return os.Link(path, filepath.Join(linking, inside))
	})
	if err != nil {
		return fmt.Errorf("linking partitions: %w", err)
	}
	if err := os.Rename(linking, filepath.Join(dataDir, linkedDir)); err != nil {
		return fmt.Errorf("completing links: %w", err)
	}
	return nil
}

// dropLinks ends a compaction. The rename makes the end one step: a process
// killed while it removes the links must not find them complete.
func dropLinks(dataDir string) error {
	linking := filepath.Join(dataDir, linkingDir)
	if err := os.Rename(filepath.Join(dataDir, linkedDir), linking); err != nil {
		return fmt.Errorf("ending links: %w", err)
	}
	if err := os.RemoveAll(linking); err != nil {
		return fmt.Errorf("removing links: %w", err)
	}
	return nil
}

// restoreLinks puts back the partitions as they were before a compaction that
// did not end. It may itself be interrupted and repeated: a partition already
// put back is no longer among the links.
func restoreLinks(dataDir string) error {
	if err := os.RemoveAll(filepath.Join(dataDir, linkingDir)); err != nil {
		return fmt.Errorf("removing old links: %w", err)
	}
	linked := filepath.Join(dataDir, linkedDir)
	partitions, err := os.ReadDir(linked)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading links: %w", err)
	}
	for _, partition := range partitions {
		target := filepath.Join(dataDir, partitionsDir, partition.Name())
		if err := os.RemoveAll(target); err != nil {
			return fmt.Errorf("removing a half compacted partition: %w", err)
		}
		if err := os.Rename(filepath.Join(linked, partition.Name()), target); err != nil {
			return fmt.Errorf("putting back a partition: %w", err)
		}
	}
	if err := os.Remove(linked); err != nil {
		return fmt.Errorf("removing links: %w", err)
	}
	return nil
}
