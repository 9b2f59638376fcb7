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

// Command is one of several records that are written together.
type Command struct {
	Topic, Key string
	Value      []byte
}

// Together writes commands in one transaction, so that all of them are read or
// none, and returns where each stands.
type Together func(ctx context.Context, commands ...Command) ([]streams.Position, error)

// With returns how a record is written in one transaction with others, which stand
// before it; without others it is write.
func With(write Writer, together Together, others []Command) Writer {
	if len(others) == 0 {
		return write
	}
	return func(ctx context.Context, topic, key string, value []byte) (int32, int64, error) {
		at, err := together(ctx, append(others[:len(others):len(others)], Command{topic, key, value})...)
		if err != nil {
			return 0, 0, err
		}
		last := at[len(at)-1]
		return last.Partition, last.Offset, nil
	}
}

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
