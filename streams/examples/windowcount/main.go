// Command windowcount counts page views by the minute. Windows go by event time,
// the timestamps of the records: views that come out of order are counted where
// they belong, as long as their window is open, and what comes after that is sent
// elsewhere.
//
//	go run ./examples/windowcount
package main

import (
	"context"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/examples/internal/stage"
)

// Views is the state of a page's window, and its result.
type Views struct {
	Minute string `json:"minute"`
	Count  int    `json:"count"`
}

var (
	views  = streams.Topic[string]{Name: "windowcount-views", Value: streams.Text} // who, by page
	counts = streams.Topic[Views]{Name: "windowcount-counts", Value: streams.JSON[Views]()}
	late   = streams.Topic[string]{Name: "windowcount-late", Value: streams.Text}
)

func topology() *streams.Topology {
	t := streams.NewTopology("windowcount")
	minutes := streams.NewWindow(t, "minute", streams.Window[Views, string]{
		Input: views,
		Size:  time.Minute, // a smaller Advance makes them overlap
		Grace: 30 * time.Second,
		State: streams.JSON[Views](),
		Add: func(_ streams.Ctx, w streams.Interval, v *Views, _ streams.Record[string]) error {
			v.Minute = w.Start.UTC().Format("15:04")
			v.Count++
			return nil
		},
		OnClose: func(ctx streams.Ctx, w streams.Interval, v *Views) error {
			counts.Send(ctx, w.Key, v)
			return nil
		},
		Late: func(ctx streams.Ctx, w streams.Interval, view streams.Record[string]) error {
			late.Send(ctx, w.Key, &view.Value)
			return nil
		},
	})
	streams.Send(minutes, counts)
	streams.Send(minutes, late)
	return t
}

// sample is a morning of one page. The time of a task is the highest timestamp
// that it has handled: it closes the windows, and it rests while nothing comes.
var sample = []struct{ at, who string }{
	{"09:00:05", "ada"},
	{"09:00:40", "grace"},
	{"09:01:10", "alan"},
	{"09:00:50", "edsger"},  // out of order, but within the grace of 09:00
	{"09:01:35", "ada"},     // closes 09:00
	{"09:00:59", "barbara"}, // too late
	{"09:02:31", "grace"},   // closes 09:01
}

func play(ctx context.Context, s *stage.Stage) error {
	app, err := streams.Open(streams.Options{Brokers: s.Brokers, StateDir: s.StateDir, Logger: s.Logger}, topology())
	if err != nil {
		return err
	}
	return s.Run(ctx, app, func(ctx context.Context) error {
		for _, view := range sample {
			if err := stage.SendAt(ctx, s, on(view.at), views, "/home", view.who); err != nil {
				return err
			}
		}
		return s.Show(ctx, 3)
	})
}

// on is a time of the sample's day.
func on(clock string) time.Time {
	at, err := time.Parse(time.DateTime, "2026-01-05 "+clock)
	if err != nil {
		panic(err) // the sample is wrong
	}
	return at
}

var topics = stage.Topics{In: []string{views.Name}, Out: []string{counts.Name, late.Name}}

func main() { stage.Main(play, topics) }
