package codec

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/millrace/millrace/schemas/avro"
	"github.com/millrace/millrace/schemas/topic"
)

// contract is one schema file and the subject it is registered under.
type contract struct {
	name    string // topic or state, for messages
	subject string
	text    []byte
}

// ofTopic returns the contract of a topic's values.
func ofTopic(def topic.Def) (contract, error) {
	text, err := def.Schema()
	return contract{name: def.Name, subject: def.Subject(), text: text}, err
}

// ofState returns the contract of the rows that an entity keeps under name.
func ofState(name string) (contract, error) {
	text, err := avro.FS.ReadFile("state/" + name + ".avsc")
	if err != nil {
		return contract{}, fmt.Errorf("reading schema of state %s: %w", name, err)
	}
	return contract{name: "state " + name, subject: "state." + name + "-value", text: text}, nil
}

// States returns the names of all entity states: the files of avro/state.
func States() []string {
	files, err := fs.Glob(avro.FS, "state/*.avsc")
	if err != nil {
		panic(err) // the pattern is malformed: impossible
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(path.Base(file), ".avsc")
	}
	return names
}
