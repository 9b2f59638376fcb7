package partner

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var shipped embed.FS

//go:embed offered/*.yaml
var offered embed.FS

// Offered returns partners that Millrace has twins of and that no installation has
// unless it says so: their files are examples to copy.
func Offered() []Config {
	files, err := fs.Sub(offered, "offered")
	if err != nil { // the folder is in the program
		panic(err)
	}
	all, err := Load(files)
	if err != nil { // a test reads them all
		panic(err)
	}
	return all
}

// maxFile bounds a partner file.
const maxFile = 256 << 10

// Shipped returns the partners that come with Millrace.
func Shipped() []Config {
	all, err := Load(shipped)
	if err != nil { // a test reads them all
		panic(err)
	}
	return all
}

// Load reads every *.yaml of a folder, sorted by id. The error joins all that
// is wrong with any of them.
func Load(dir fs.FS) ([]Config, error) {
	files, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing partner files: %w", err)
	}
	var all []Config
	var faults []error
	for _, file := range files {
		c, err := loadFile(dir, file)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if want := strings.TrimSuffix(path.Base(file), ".yaml"); c.ID != want {
			faults = append(faults, fmt.Errorf("%s: id is %q; call it %q or rename the file", file, c.ID, want))
		}
		all = append(all, c)
	}
	faults = append(faults, lintTogether(all)...)
	slices.SortFunc(all, func(a, b Config) int { return strings.Compare(a.ID, b.ID) })
	return all, errors.Join(faults...)
}

func loadFile(dir fs.FS, file string) (Config, error) {
	f, err := dir.Open(file)
	if err != nil {
		return Config{}, fmt.Errorf("opening partner file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Config{}, fmt.Errorf("reading partner file %s: %w", file, err)
	}
	if len(text) > maxFile {
		return Config{}, fmt.Errorf("%s: larger than %d bytes", file, maxFile)
	}
	c, err := Parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Parse reads and lints one partner file.
func Parse(text []byte) (Config, error) {
	var c Config
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("reading YAML: %w", err)
	}
	return c, c.Lint()
}

// ByID finds a partner.
func ByID(all []Config, id string) (Config, bool) {
	at := slices.IndexFunc(all, func(c Config) bool { return c.ID == id })
	if at < 0 {
		return Config{}, false
	}
	return all[at], true
}

// WithBaseURL returns the partners with another address for one of them: a twin
// that was started on a free port, a partner's test system.
func WithBaseURL(all []Config, id, url string) []Config {
	all = slices.Clone(all)
	for i := range all {
		if all[i].ID == id {
			all[i].BaseURL = url
		}
	}
	return all
}
