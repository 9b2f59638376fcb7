//go:build unix

package chaos

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/task"
)

// input is a record of the topology's only input.
type input struct{ Seq, Value int64 }

// tally is the state of a key: running values over its inputs.
type tally struct{ Count, Sum, Min, Max int64 }

func (s *tally) add(v int64) {
	if s.Count == 0 || v < s.Min {
		s.Min = v
	}
	if s.Count == 0 || v > s.Max {
		s.Max = v
	}
	s.Count++
	s.Sum += v
}

// output is what every input makes: the state after it, and what its children
// hold then.
type output struct {
	Offset int64 // of the input
	tally
	Recent int64 // sum of the last inputs, which are children
}

// answered tells what became of an effect.
type answered struct {
	Ask      string
	Document int64
	Err      string `json:",omitempty"`
}

const (
	recentKept  = 4  // children of a key
	timerEvery  = 10 // inputs of a key
	effectEvery = 25 // inputs of a key
	callTimeout = time.Second
)

// causeHeader is the header that says what made an output: unique among all
// outputs that were ever committed.
const causeHeader = "cause"

// topics of the topology under test.
type topics struct{ in, out, rung, answered, changelog string }

func topicsOf(app string) topics {
	return topics{in: app + "-in", out: app + "-out", rung: app + "-rung", answered: app + "-answered", changelog: app + ".changelog"}
}

// newModel makes the topology under test; its effects go to the twin at url.
func newModel(app, url string) *streams.Topology {
	names := topicsOf(app)
	in := streams.Topic[input]{Name: names.in, Value: streams.JSON[input]()}
	out := streams.Topic[output]{Name: names.out, Value: streams.JSON[output]()}
	rung := streams.Topic[string]{Name: names.rung, Value: streams.Text}
	done := streams.Topic[answered]{Name: names.answered, Value: streams.JSON[answered]()}
	twin := streams.Destination[string, int64]{
		Name: "twin", Timeout: callTimeout, BackoffMin: 50 * time.Millisecond, BackoffMax: 500 * time.Millisecond,
		Call: func(ctx context.Context, ask string) (int64, error) { return callTwin(ctx, url, ask) },
	}
	var recent *streams.Children[int64]
	t := streams.NewTopology(app)
	e := streams.NewEntity(t, "tally", streams.JSON[tally](), func(ctx streams.Ctx, s *tally, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[input]:
			s.add(in.Value.Value)
			recent.Put(ctx, strconv.FormatInt(s.Count%recentKept, 10), &in.Value.Value)
			o := output{Offset: in.Offset, tally: *s}
			recent.Range(ctx, "", func(_ string, v *int64) bool { o.Recent += *v; return true })
			out.Send(ctx, in.Key, &o)
			if s.Count%timerEvery == 0 {
				ctx.SetTimer(askName(in.Key, s.Count), 20*time.Millisecond)
			}
			if s.Count%effectEvery == 0 {
				twin.Ask(ctx, askName(in.Key, s.Count), askName(in.Key, s.Count))
			}
		case streams.Timer:
			rung.Send(ctx, ctx.Key(), &in.Name)
		case streams.Answer[int64]:
			a := answered{Ask: in.Name, Document: in.Value}
			if in.Err != nil {
				a.Err = in.Err.Error()
			}
			done.Send(ctx, ctx.Key(), &a)
		}
		return nil
	})
	recent = streams.NewChildren(e, "recent", streams.JSON[int64]())
	streams.Receive(e, in)
	streams.Send(e, out)
	streams.Send(e, rung)
	streams.Send(e, done)
	streams.Calls(e, twin)
	return t
}

// askName names what a key's count-th input asks for, and its timer.
func askName(key string, count int64) string { return fmt.Sprintf("%s#%d", key, count) }

// stamp adds the provenance.
func stamp(dst []streams.Header, cause *streams.Cause, _ *task.Out, ordinal int) []streams.Header {
	text := hex.EncodeToString(cause.ID[:])
	if r := cause.Record; r != nil {
		text = fmt.Sprintf("%x/%d/%d", r.TopicID, r.Partition, r.Offset)
	}
	return append(dst, streams.Header{Key: causeHeader, Value: fmt.Appendf(nil, "%s/%d", text, ordinal)})
}

// callTwin posts what was asked for, under the effect's id.
func callTwin(ctx context.Context, url, ask string) (document int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewBufferString(ask))
	if err != nil {
		return 0, streams.Permanent(err)
	}
	req.Header.Set(effectHeader, streams.EffectID(ctx))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if resp.StatusCode != http.StatusOK {
		return 0, errors.Join(err, fmt.Errorf("the twin answers %s", resp.Status))
	}
	return document, errors.Join(err, json.Unmarshal(body, &document))
}
