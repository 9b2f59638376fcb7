package pebblestore

import (
	"fmt"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"
)

// logger passes on what Pebble logs, at most linesPerSecond: one failing disk
// makes tens of thousands of equal lines. It is a pebble.Logger.
type logger struct {
	to    zerolog.Logger
	limit *rate.Limiter
	fatal func(reason string)
}

const linesPerSecond = 10

func newLogger(to zerolog.Logger, fatal func(reason string)) *logger {
	return &logger{to: to, limit: rate.NewLimiter(linesPerSecond, 5*linesPerSecond), fatal: fatal}
}

// Infof implements pebble.Logger. Pebble tells of every flush and compaction.
func (l *logger) Infof(format string, args ...any) { l.line(zerolog.DebugLevel, format, args...) }

// Errorf implements pebble.Logger.
func (l *logger) Errorf(format string, args ...any) { l.line(zerolog.ErrorLevel, format, args...) }

// Fatalf implements pebble.Logger; it does not return.
func (l *logger) Fatalf(format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	l.to.WithLevel(zerolog.FatalLevel).Msg("state store cannot go on: " + reason)
	l.fatal(reason)
	panic("pebblestore: Options.Fatal returned after: " + reason)
}

func (l *logger) line(level zerolog.Level, format string, args ...any) {
	if event := l.to.WithLevel(level); event.Enabled() && l.limit.Allow() {
		event.Msgf(format, args...)
	}
}
