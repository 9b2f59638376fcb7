package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// timeFormat is RFC 3339 in UTC with milliseconds, so that lines of different
// machines sort together.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// Log returns the logger of a process that writes to file: for people when
// file is a terminal, one JSON object a line otherwise. Level is trace, debug,
// info, warn, error or disabled.
func Log(file *os.File, level string) (zerolog.Logger, error) {
	return logTo(file, IsTerminal(file), level)
}

func logTo(out io.Writer, forPeople bool, level string) (zerolog.Logger, error) {
	least, err := zerolog.ParseLevel(level)
	if err != nil || level == "" {
		return zerolog.Nop(), fmt.Errorf("choosing log level: %q is none; use trace, debug, info, warn, error or disabled", level)
	}
	if forPeople {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.TimeOnly, TimeLocation: time.Local}
	}
	return zerolog.New(out).Level(least).Hook(timestamp{}), nil
}

// timestamp sets the time of an event without touching zerolog's globals.
type timestamp struct{}

// Run adds the time to e.
func (timestamp) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	e.Str(zerolog.TimestampFieldName, time.Now().UTC().Format(timeFormat))
}

// Slog lets libraries that log by log/slog write to log.
func Slog(log zerolog.Logger) *slog.Logger {
	return slog.New(zerolog.NewSlogHandler(log))
}

// IsTerminal reports whether a person reads file.
func IsTerminal(file *os.File) bool {
	return term.IsTerminal(int(file.Fd()))
}
