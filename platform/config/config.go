package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Set is all settings of a program.
type Set struct {
	prefix   string
	settings []*Setting
	byName   map[string]*Setting
	flags    *pflag.FlagSet
}

// New returns an empty set whose environment variables begin with prefix and
// an underscore.
func New(prefix string) *Set {
	return &Set{prefix: prefix + "_", byName: map[string]*Setting{}}
}

// add panics on a name declared twice: that is a mistake in the program.
func (s *Set) add(name, meaning, byDefault, bounds string, show func() string, assign func(any) error) {
	if s.byName[name] != nil {
		panic("setting " + name + " is declared twice")
	}
	words := strings.NewReplacer(".", "-", "_", "-").Replace(name)
	setting := &Setting{
		Name: name, Meaning: meaning, Default: byDefault, Bounds: bounds, Source: "default",
		Flag:   "--" + words,
		Env:    s.prefix + strings.ToUpper(strings.ReplaceAll(words, "-", "_")),
		assign: assign, show: show,
	}
	s.settings = append(s.settings, setting)
	s.byName[name] = setting
}

// Bind adds a flag for each declared setting to flags. Load then uses those
// that were given.
func (s *Set) Bind(flags *pflag.FlagSet) {
	s.flags = flags
	for _, setting := range s.settings {
		usage := setting.Meaning
		if setting.Bounds != "" {
			usage += " (" + setting.Bounds + ")"
		}
		flags.String(strings.TrimPrefix(setting.Flag, "--"), strings.Trim(setting.Default, `"`), usage)
	}
}

// Violation is one thing wrong with a configuration.
type Violation struct {
	Name   string // of the setting
	Source string // flag, environment or file, and where in it
	Reason string
	Bounds string
}

// Error says what is wrong, where, and what would be right.
func (v Violation) Error() string {
	text := fmt.Sprintf("%s from %s: %s", v.Name, v.Source, v.Reason)
	if v.Bounds != "" {
		text += "; want " + v.Bounds
	}
	return text
}

// Load reads the YAML file at path, which may be "" for none, then environ as
// os.Environ returns it, then the bound flags; later sources win. The error
// joins a Violation for every value that is out of bounds and every name in
// the file that is not declared. Unknown environment variables are not ours to
// judge.
func (s *Set) Load(path string, environ []string) error {
	var violations []error
	if path != "" {
		content := koanf.New(".")
		if err := content.Load(file.Provider(path), yaml.Parser()); err != nil {
			return fmt.Errorf("reading configuration %s: %w", path, err)
		}
		violations = s.fromFile(content, "file "+path)
	}
	fromEnv, err := s.environment(environ)
	if err != nil {
		return err
	}
	for _, setting := range s.settings {
		if value, given := fromEnv[setting.Env]; given {
			violations = append(violations, setting.take(value, "environment "+setting.Env)...)
		}
		if flag := s.flag(setting); flag != nil {
			violations = append(violations, setting.take(flag.Value.String(), "flag "+setting.Flag)...)
		}
	}
	return errors.Join(violations...)
}

// fromFile takes every declared setting and reports each name that is none.
func (s *Set) fromFile(content *koanf.Koanf, source string) []error {
	var violations []error
	for _, name := range content.Keys() {
		setting := s.byName[name]
		if setting == nil {
			violations = append(violations, Violation{Name: name, Source: source, Reason: "there is no such setting"})
			continue
		}
		violations = append(violations, setting.take(content.Get(name), source)...)
	}
	return violations
}

func (s *Set) environment(environ []string) (map[string]any, error) {
	variables := koanf.New("\x00") // names are flat: no separator occurs in them
	provider := env.Provider("\x00", env.Opt{Prefix: s.prefix, EnvironFunc: func() []string { return environ }})
	if err := variables.Load(provider, nil); err != nil {
		return nil, fmt.Errorf("reading environment: %w", err)
	}
	return variables.Raw(), nil
}

// flag returns the setting's flag if it was given.
func (s *Set) flag(setting *Setting) *pflag.Flag {
	if s.flags == nil {
		return nil
	}
	flag := s.flags.Lookup(strings.TrimPrefix(setting.Flag, "--"))
	if flag == nil || !flag.Changed {
		return nil
	}
	return flag
}

// take stores a value, or returns why not.
func (setting *Setting) take(value any, source string) []error {
	if err := setting.assign(value); err != nil {
		return []error{Violation{Name: setting.Name, Source: source, Reason: err.Error(), Bounds: setting.Bounds}}
	}
	setting.Source = source
	return nil
}

// Settings returns every setting in the order of declaration with the value in
// force. It is the source of the reference page and of `config show`.
func (s *Set) Settings() []Setting {
	all := make([]Setting, len(s.settings))
	for i, setting := range s.settings {
		all[i] = *setting
		all[i].Value = setting.show()
	}
	return slices.Clip(all)
}
