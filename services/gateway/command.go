package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// Writer writes a record and returns where it stands.
type Writer func(ctx context.Context, topic, key string, value []byte) (partition int32, offset int64, err error)

// Named is the id that a path's {id} stands for: the id itself, or channel:number,
// of which idOf makes it.
func Named(r *http.Request, idOf func(channel, number string) string) string {
	name := r.PathValue("id")
	if channel, number, ok := strings.Cut(name, ":"); ok {
		return idOf(channel, number)
	}
	return name
}

// Decided writes a command under the key of its entity, waits as long as the
// client lets it (WaitOf) until the entity has handled it, and reads what came of
// it. It reports false, without an error, when the time was up or the rows are on
// their way to a process: the command stands all the same.
func Decided[T any](r *http.Request, write Writer, rows streams.Awaiter, def topic.Def, key string, value []byte, read func(streams.Committed) (T, error)) (T, bool, error) {
	var none T
	ctx, cancel := context.WithTimeout(r.Context(), MaxWait)
	defer cancel()
	partition, offset, err := write(ctx, def.Name, key, value)
	if err != nil {
		return none, false, fault.Wrap(fault.Unavailable, fmt.Errorf("writing to %s: %w", def.Name, err))
	}
	wait, stop := context.WithTimeout(r.Context(), WaitOf(r))
	defer stop()
	found, err := read(streams.AtLeast(wait, rows, streams.Position{Topic: def.Name, Partition: partition, Offset: offset}))
	switch {
	case err == nil:
		return found, true, nil
	case wait.Err() != nil || errors.Is(err, streams.ErrRestoring):
		return none, false, nil
	}
	return none, false, err
}
