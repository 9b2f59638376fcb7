package stockhttp

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock"
)

// maxBaselines bounds the baselines that are listed.
const maxBaselines = 200

// Baseline is what one source counted, and what became of it.
type Baseline struct {
	Source     string     `json:"source"`
	Batch      string     `json:"batch"`
	State      string     `json:"state"`
	Reason     string     `json:"reason,omitempty"`
	By         string     `json:"by,omitempty"`
	Approvable bool       `json:"approvable"` // it waits for a person, who may take it
	Nodes      []string   `json:"nodes"`
	Complete   bool       `json:"complete"`
	Watermark  *time.Time `json:"watermark,omitempty"`
	Sequence   int64      `json:"sequence"`
	Rows       int64      `json:"rows"`   // by the manifest, 0 before it comes
	Staged     int64      `json:"staged"` // rows that are here
	Absent     int64      `json:"absent"` // known items that it does not name
	Faults     int64      `json:"faults"`
	Changed    int64      `json:"changed"`
	Zeroed     int64      `json:"zeroed"`
	Expected   int64      `json:"expected"` // units by our account
	Moved      int64      `json:"moved"`    // units that differ
	Value      int64      `json:"value"`    // minor units that differ
	TouchedAt  time.Time  `json:"touched_at"`
	Worst      []Drift    `json:"worst"`
}

// Drift is a row that differs from our account.
type Drift struct {
	SKU       string `json:"sku"`
	Node      string `json:"node"`
	Expected  int64  `json:"expected"`
	Counted   int64  `json:"counted"`
	UnitValue int64  `json:"unit_value"`
}

func baselineOf(source string, t *event.BaselineBatch) Baseline {
	b := Baseline{
		Source: source, Batch: t.Batch, State: string(t.State), Reason: t.Reason, By: t.By,
		Approvable: t.State == event.BaselineStateHeld && stock.Approvable(t), Nodes: append([]string{}, t.Nodes...), Complete: t.Complete,
		Watermark: t.WatermarkAt, Sequence: t.WatermarkSeq, Rows: t.Rows, Staged: t.Staged, Absent: t.Absent, Faults: t.Faults,
		Changed: t.Changed, Zeroed: t.Zeroed, Expected: t.Expected, Moved: t.Moved, Value: t.Value, TouchedAt: t.TouchedAt, Worst: []Drift{},
	}
	for _, d := range t.Worst {
		b.Worst = append(b.Worst, Drift{d.Sku, d.Node, d.Expected, d.Counted, d.UnitValue})
	}
	return b
}

// baselines lists those of all sources, the newest first.
func (e *Edge) baselines(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Baselines []Baseline `json:"baselines"`
		More      bool       `json:"more"`
	}{Baselines: []Baseline{}}
	var failed error
	err := e.Room.Sources(e.Rows, func(source string) bool {
		var all []*event.BaselineBatch
		all, failed = e.Room.Batches(e.Rows, source)
		for _, t := range all {
			answer.Baselines = append(answer.Baselines, baselineOf(source, t))
		}
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	slices.SortStableFunc(answer.Baselines, func(x, y Baseline) int { return y.TouchedAt.Compare(x.TouchedAt) })
	if answer.More = len(answer.Baselines) > maxBaselines; answer.More {
		answer.Baselines = answer.Baselines[:maxBaselines]
	}
	httpd.WriteCached(w, r, "no-cache", answer)
}

func (e *Edge) baseline(w http.ResponseWriter, r *http.Request) {
	t, err := e.find(r.PathValue("source"), r.PathValue("batch"))
	switch {
	case err != nil:
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
	case t == nil:
		httpd.WriteError(w, r, noBaseline)
	default:
		httpd.WriteCached(w, r, "no-cache", baselineOf(r.PathValue("source"), t))
	}
}

var noBaseline = httpd.NewProblem(http.StatusNotFound, "NOT_FOUND", "This process keeps no such baseline of the source.")

func (e *Edge) find(source, batch string) (*event.BaselineBatch, error) {
	all, err := e.Room.Batches(e.Rows, source)
	for _, t := range all {
		if t.Batch == batch {
			return t, nil
		}
	}
	return nil, err
}

// decision is a person's word about a baseline.
type decision struct {
	Approve bool   `json:"approve"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
}

// resolve writes the word down: 202, since the source's entity decides. A word
// that is repeated, or comes too late, does nothing.
func (e *Edge) resolve(w http.ResponseWriter, r *http.Request) {
	if _, err := gateway.KeyOf(r); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	var d decision
	if err := httpd.DecodeRequest(r, &d); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if d.By == "" || len(d.By) > maxText || len(d.Reason) > maxText {
		httpd.WriteError(w, r, unprocessable(httpd.Field{Pointer: "/by", Code: httpd.CodeRange, Detail: "It is needed, and bounded at 200 bytes like the reason."}))
		return
	}
	source, batch := r.PathValue("source"), r.PathValue("batch")
	t, err := e.find(source, batch)
	switch {
	case err != nil:
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	case t == nil:
		httpd.WriteError(w, r, noBaseline)
		return
	case d.Approve && (t.State != event.BaselineStateHeld || !stock.Approvable(t)):
		httpd.WriteError(w, r, httpd.NewProblem(http.StatusConflict, "NOT_APPROVABLE", "It is "+string(t.State)+" "+t.Reason+": only a held baseline can be taken, and none that is faulty or not what its manifest says."))
		return
	}
	m := event.InventoryBaselineBatch{Source: source, Batch: batch, Action: event.BaselineActionRefuse, By: d.By, Reason: d.Reason, WatermarkAt: e.Now(), SentAt: e.Now()}
	if d.Approve {
		m.Action = event.BaselineActionApprove
	}
	if err := e.word(r.Context(), &m); err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func unprocessable(fields ...httpd.Field) error {
	return httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The request has fields that cannot be accepted.").WithErrors(fields...)
}
