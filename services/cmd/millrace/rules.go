package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/services/order/sourcing"
)

// rulesEvery is how often a rule file is looked at for a change.
const rulesEvery = 5 * time.Second

// rulesFile is a file of sourcing rules that may change while they are in use.
type rulesFile struct {
	name    string
	log     zerolog.Logger
	seen    os.FileInfo
	current atomic.Pointer[sourcing.Rules]
}

// openRules reads the rules in use; nil when no file is named.
func openRules(name string, log zerolog.Logger) (*rulesFile, error) {
	if name == "" {
		return nil, nil
	}
	f := &rulesFile{name: name, log: log}
	return f, f.read()
}

// rules is what target.Config wants; nil stands for the default rules.
func (f *rulesFile) rules() func() *sourcing.Rules {
	if f == nil {
		return nil
	}
	return f.current.Load
}

// read takes the rules of the file, if its examples hold.
func (f *rulesFile) read() error {
	seen, err := os.Stat(f.name)
	if err != nil {
		return usageError{err}
	}
	f.seen = seen
	rules, examples, err := readRules(f.name)
	if err != nil {
		return err
	}
	for i := range examples {
		_, faults, err := examples[i].Run(rules)
		for _, fault := range faults {
			err = errors.Join(err, errors.New(fault))
		}
		if err != nil {
			return fmt.Errorf("%s: example %q differs: %w; `millrace sourcing test %s` shows all", f.name, examples[i].Name, err, f.name)
		}
	}
	f.current.Store(rules)
	return nil
}

// follow takes the file anew whenever it changed; one with faults changes nothing.
func (f *rulesFile) follow() lifecycle.Part {
	return lifecycle.Part{Name: "rules " + f.name, Run: func(ctx context.Context, ready func()) error {
		ready()
		every := time.NewTicker(rulesEvery)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-every.C:
				f.refresh()
			}
		}
	}}
}

func (f *rulesFile) refresh() {
	now, err := os.Stat(f.name)
	if err == nil && now.ModTime().Equal(f.seen.ModTime()) && now.Size() == f.seen.Size() {
		return
	}
	if err == nil {
		err = f.read()
	}
	if err != nil {
		f.log.Warn().Err(err).Str("in_use", f.current.Load().Version).Msg("sourcing rules stay as they are")
		return
	}
	f.log.Info().Str("file", f.name).Str("version", f.current.Load().Version).Msg("sourcing rules changed")
}
