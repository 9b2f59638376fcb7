package availabilitystream

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/gateway"
)

// AlertStale says that what a channel is shown is older than it accepts.
const AlertStale = "AVAILABILITY_STALE"

// watch tells when availability is older than a channel accepts: once an episode, and
// once more when it is over. It is mostly Kafka that is away then, so the words wait
// until they can be written. Each process tells of its own copy.
type watch struct {
	channels map[string]availability.Staleness
	age      func() time.Duration
	now      func() time.Time
	write    gateway.Writer
	codec    *codec.Codec[event.AlertRaised]
	log      zerolog.Logger

	episodes map[string]*episode // by channel
}

// episode is a time in which a channel's answers were stale.
type episode struct {
	alert event.AlertRaised
	told  bool
	over  *time.Time // nil while it lasts
}

func newWatch(config *Config, age func() time.Duration, schemas *codec.Schemas) *watch {
	return &watch{
		channels: config.Channels, age: age, now: config.Now, write: config.Write, codec: codec.Of[event.AlertRaised](schemas, topic.AlertRaised),
		log: config.Log, episodes: make(map[string]*episode),
	}
}

// run looks until ctx ends.
func (w *watch) run(ctx context.Context) {
	if w.write == nil {
		return
	}
	again := time.NewTicker(probeEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			w.look(ctx)
		}
	}
}

// look begins and ends episodes, and says what is not said yet.
func (w *watch) look(ctx context.Context) {
	age, now := w.age(), w.now()
	for channel, accepts := range w.channels {
		e, stale := w.episodes[channel], accepts.Old(age)
		switch {
		case stale && e == nil:
			e = &episode{alert: w.alert(channel, age, now)}
			w.episodes[channel] = e
		case e == nil:
			continue
		case stale:
			e.over = nil
		case e.over == nil:
			e.over = &now
		}
		w.tell(ctx, channel, e)
	}
}

func (w *watch) alert(channel string, age time.Duration, now time.Time) event.AlertRaised {
	now = now.UTC().Truncate(time.Microsecond)
	return event.AlertRaised{
		AlertID: event.AlertID(AlertStale, channel, now.Format(time.RFC3339Nano)), Kind: AlertStale, Subject: channel, RaisedAt: now,
		Detail: fmt.Sprintf("what channel %s is shown may be %s old; it goes on by its policy for stale answers", channel, age.Round(time.Second)),
	}
}

// tell writes what is to be said of an episode; what fails is said at the next look.
func (w *watch) tell(ctx context.Context, channel string, e *episode) {
	if !e.told {
		if e.told = w.say(ctx, &e.alert); !e.told {
			return
		}
	}
	if e.over == nil {
		return
	}
	over := e.alert
	at := e.over.UTC().Truncate(time.Microsecond)
	over.ResolvedAt = &at
	if w.say(ctx, &over) {
		delete(w.episodes, channel)
	}
}

func (w *watch) say(ctx context.Context, alert *event.AlertRaised) bool {
	value, err := w.codec.Append(nil, alert)
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, probeWithin)
		defer cancel()
		_, _, err = w.write(bounded, topic.AlertRaised.Name, alert.Subject, value)
	}
	if err != nil {
		w.log.Warn().Err(err).Str("channel", alert.Subject).Msg("that availability is stale, or no more, cannot be said yet")
	}
	return err == nil
}
