package httpd

import (
	stdlog "log"
	"strings"

	"github.com/rs/zerolog"
)

// errorLog lets net/http's own messages pass into the structured log.
func errorLog(log zerolog.Logger) *stdlog.Logger {
	return stdlog.New(lineLogger{log}, "", 0)
}

type lineLogger struct{ log zerolog.Logger }

// Write logs one line of net/http.
func (l lineLogger) Write(p []byte) (int, error) {
	l.log.Warn().Msg(strings.TrimSpace(string(p)))
	return len(p), nil
}
