package filestream

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/connectors/file"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

const (
	nextTimer = "next"
	holdTime  = 50 * time.Millisecond // between two looks at what holds a run
	maxPause  = time.Minute
)

// handle moves one run along.
func (r *Room) handle(ctx streams.Ctx, s *event.FileRunRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.PartnerRun]:
		if ctx.Exists() && s.Phase != Failed {
			return nil // the same files again
		}
		r.begin(s, &in.Value)
	case streams.Answer[chunk]:
		if in.Err != nil {
			s.Phase, s.Failure, s.FinishedAt = Failed, in.Err.Error(), ctx.Now()
			return nil
		}
		r.take(ctx, s, in.Value)
		if s.Phase == Done {
			return nil
		}
		if pause := in.Value.pause(ctx.Now(), s); pause > 0 {
			ctx.SetTimer(nextTimer, pause)
			return nil
		}
	}
	r.files.Ask(ctx, "chunk", request{Run: ctx.Key(), Partner: s.Partner, Files: s.Files, Seed: s.Seed, From: s.Position, Until: until(ctx.Now(), s)})
	return nil
}

// begin starts a run, or goes on with a failed one where it failed.
func (r *Room) begin(s *event.FileRunRecord, run *event.PartnerRun) {
	if s.Phase == Failed {
		s.Phase, s.Failure, s.Files = Opening, "", run.Files
		if s.StartedAt.Unix() > 0 {
			s.Phase = Running
		}
		return
	}
	s.Partner, s.Files, s.Speed, s.Seed = run.Partner, run.Files, run.Speed, run.Seed
	s.RequestedAt, s.Phase = run.RequestedAt, Opening
	epoch := time.Unix(0, 0).UTC()
	s.StartedAt, s.FinishedAt, s.FirstDate, s.LastDate = epoch, epoch, epoch, epoch
}

// take publishes a chunk and counts it.
func (r *Room) take(ctx streams.Ctx, s *event.FileRunRecord, c chunk) {
	s.Waiting = c.Hold
	if c.Currency == "" {
		return // the files are not open yet
	}
	s.Currency, s.RowsTotal, s.RowsIn, s.FirstDate = c.Currency, c.Total, c.Rows, c.First
	if c.Documents && s.Phase == Opening {
		s.Phase, s.StartedAt = Running, ctx.Now()
	}
	for _, e := range c.Entries {
		r.publish(ctx, e)
		count(s, e)
		for _, refusal := range e.Refused {
			r.refuse(ctx, s, refusal)
		}
	}
	s.Position = c.Next
	if c.Done {
		s.Phase, s.FinishedAt = Done, ctx.Now()
	}
}

func count(s *event.FileRunRecord, e file.Entry) {
	s.RowsOrders += e.Rows[file.Order]
	s.RowsReturns += e.Rows[file.Return]
	s.RowsAdjustments += e.Rows[file.Adjustment]
	s.Units += e.Units
	s.Money += e.Money
	s.MoneyE6 += e.MoneyE6
	if e.Date.After(s.LastDate) {
		s.LastDate = e.Date
	}
	switch {
	case e.Order != nil:
		s.Orders++
	case e.Return != nil:
		s.Returns++
	case e.Product != nil:
		s.Products++
	case e.Supply != nil:
		s.Supplies++
	}
}

func (r *Room) refuse(ctx streams.Ctx, s *event.FileRunRecord, refusal file.Refusal) {
	at := slices.IndexFunc(s.Refused, func(x event.RefusedRows) bool { return x.Reason == refusal.Reason })
	if at < 0 {
		s.Refused = append(s.Refused, event.RefusedRows{Reason: refusal.Reason})
		slices.SortFunc(s.Refused, func(a, b event.RefusedRows) int { return strings.Compare(a.Reason, b.Reason) })
		at = slices.IndexFunc(s.Refused, func(x event.RefusedRows) bool { return x.Reason == refusal.Reason })
	}
	s.Refused[at].Rows++
	if s.RefusedRows++; s.RefusedRows <= maxRefusals {
		r.Refusals.Put(ctx, fmt.Sprintf("%012d", refusal.Row), &event.FileRefusalRecord{
			Input: "documents", Row: refusal.Row, Reason: refusal.Reason, Detail: refusal.Detail, Text: refusal.Text,
		})
	}
}

// until is the date up to which a paced run may publish documents; zero is no
// limit. Its time begins when the opening is over.
func until(now time.Time, s *event.FileRunRecord) time.Time {
	if s.Speed == 0 {
		return time.Time{}
	}
	if s.Phase != Running {
		return s.FirstDate
	}
	return s.FirstDate.Add(now.Sub(s.StartedAt) * time.Duration(s.Speed))
}

// pause is how long a run waits after a chunk: for what holds it, or for the
// date of its next entry.
func (c chunk) pause(now time.Time, s *event.FileRunRecord) time.Duration {
	if c.Hold != "" {
		return holdTime
	}
	if s.Speed == 0 || s.Phase != Running || c.Following.IsZero() {
		return 0
	}
	ahead := c.Following.Sub(until(now, s)) / time.Duration(s.Speed)
	return min(max(0, ahead), maxPause)
}
