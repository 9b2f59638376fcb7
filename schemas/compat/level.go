package compat

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/topic"
)

// Level says which versions of a schema must be able to read which, by the names
// that registries use.
type Level string

const (
	// None allows any change.
	None Level = "NONE"
	// Backward lets the new version read what the newest old one wrote.
	Backward Level = "BACKWARD"
	// BackwardTransitive lets the new version read what any old one wrote.
	BackwardTransitive Level = "BACKWARD_TRANSITIVE"
	// Forward lets the newest old version read what the new one writes.
	Forward Level = "FORWARD"
	// ForwardTransitive lets every old version read what the new one writes.
	ForwardTransitive Level = "FORWARD_TRANSITIVE"
	// Full is Backward and Forward.
	Full Level = "FULL"
	// FullTransitive is BackwardTransitive and ForwardTransitive.
	FullTransitive Level = "FULL_TRANSITIVE"
)

// levels lists every level.
var levels = []Level{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive}

// ParseLevel returns the level with the given name.
func ParseLevel(name string) (Level, error) {
	if level := Level(name); slices.Contains(levels, level) {
		return level, nil
	}
	return "", fmt.Errorf("compatibility level %q is unknown, use one of %v", name, levels)
}

// LevelOf returns the level of a subject. Commands are read by us alone, and
// always by a version at least as new as the writer's. Everything else is read
// by foreigners, standbys and builds that were rolled back, so old and new must
// read each other.
func LevelOf(subject string) Level {
	for _, d := range topic.All() {
		if d.Subject() == subject && d.Kind == topic.Command {
			return BackwardTransitive
		}
	}
	return FullTransitive
}

// backward reports whether the new version must read older ones.
func (l Level) backward() bool {
	return l == Backward || l == BackwardTransitive || l == Full || l == FullTransitive
}

// forward reports whether older versions must read the new one.
func (l Level) forward() bool {
	return l == Forward || l == ForwardTransitive || l == Full || l == FullTransitive
}

// transitive reports whether all older versions count, not the newest alone.
func (l Level) transitive() bool {
	return l == BackwardTransitive || l == ForwardTransitive || l == FullTransitive
}
