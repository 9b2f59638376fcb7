package filehttp

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
)

// Run is a run as it is shown. Counts are of what was published so far.
type Run struct {
	RunID         string            `json:"run_id"`
	Partner       string            `json:"partner,omitempty"`
	Phase         string            `json:"phase"` // queued, opening, running, done, failed
	Failure       string            `json:"failure,omitempty"`
	WaitingFor    string            `json:"waiting_for,omitempty"`
	RequestedAt   *time.Time        `json:"requested_at,omitempty"`
	StartedAt     *time.Time        `json:"started_at,omitempty"`
	FinishedAt    *time.Time        `json:"finished_at,omitempty"`
	LastDate      *time.Time        `json:"last_date,omitempty"`
	RowsTotal     int64             `json:"rows_total"`
	RowsIn        int64             `json:"rows_in"`
	Rows          RunRows           `json:"rows"`
	RowsRefused   map[string]int64  `json:"rows_refused"`
	Orders        int64             `json:"orders"`
	Returns       int64             `json:"returns"`
	Products      int64             `json:"products"`
	Supplies      int64             `json:"supplies"`
	Units         int64             `json:"units"`
	Money         map[string]string `json:"money"`
	MoneyRounding string            `json:"money_rounding"` // money before rounding less money, six decimals
}

// RunRows counts rows by what they became.
type RunRows struct {
	Orders      int64 `json:"orders"`
	Returns     int64 `json:"returns"`
	Adjustments int64 `json:"adjustments"`
}

// Queued is the phase of a run whose files are stored and whose command has not
// been read yet.
const Queued = "queued"

var errUnknown = httpd.NewProblem(http.StatusNotFound, "RUN_UNKNOWN", "No run has this id.")

// find reads a run's state; nil while it is queued.
func (e *Edge) find(r *http.Request) (string, *event.FileRunRecord, error) {
	id := r.PathValue("id")
	if _, err := uuid.Parse(id); err != nil {
		return "", nil, errUnknown
	}
	s, err := e.Room.Runs.Get(e.Rows, id)
	if err != nil {
		return "", nil, err
	}
	if s == nil {
		if _, err := os.Stat(filepath.Join(e.Dir, id)); err != nil {
			return "", nil, errUnknown
		}
	}
	return id, s, nil
}

func (e *Edge) show(w http.ResponseWriter, r *http.Request) error {
	id, s, err := e.find(r)
	if err != nil {
		return err
	}
	if s == nil {
		httpd.WriteJSON(w, r, http.StatusOK, Run{RunID: id, Phase: Queued, RowsRefused: map[string]int64{}, Money: map[string]string{}})
		return nil
	}
	run, err := viewOf(id, s)
	if err != nil {
		return err
	}
	httpd.WriteJSON(w, r, http.StatusOK, run)
	return nil
}

func viewOf(id string, s *event.FileRunRecord) (*Run, error) {
	run := &Run{
		RunID: id, Partner: s.Partner, Phase: s.Phase, Failure: s.Failure, WaitingFor: s.Waiting,
		RequestedAt: moment(s.RequestedAt), StartedAt: moment(s.StartedAt), FinishedAt: moment(s.FinishedAt), LastDate: moment(s.LastDate),
		RowsTotal: s.RowsTotal, RowsIn: s.RowsIn, Rows: RunRows{s.RowsOrders, s.RowsReturns, s.RowsAdjustments}, RowsRefused: make(map[string]int64),
		Orders: s.Orders, Returns: s.Returns, Products: s.Products, Supplies: s.Supplies, Units: s.Units, Money: make(map[string]string),
	}
	for _, refused := range s.Refused {
		run.RowsRefused[refused.Reason] = refused.Rows
	}
	if s.Currency == "" {
		return run, nil
	}
	var err error
	var rest int64
	if run.Money[s.Currency], err = connector.Decimal(s.Money, s.Currency); err != nil {
		return nil, err
	}
	if rest, err = connector.Rounding(s.MoneyE6, s.Money, s.Currency); err != nil {
		return nil, err
	}
	run.MoneyRounding = connector.Millionths(rest)
	return run, nil
}

// moment is nil for a time that has not come.
func moment(t time.Time) *time.Time {
	if t.Unix() <= 0 {
		return nil
	}
	return &t
}

// refusal is a refused row as it is downloaded.
type refusal struct {
	Row    int64           `json:"row"`
	Reason string          `json:"reason"`
	Detail string          `json:"detail,omitempty"`
	Cells  json.RawMessage `json:"cells"`
}

func (e *Edge) refused(w http.ResponseWriter, r *http.Request) error {
	id, s, err := e.find(r)
	if err != nil {
		return err
	}
	var rows []*event.FileRefusalRecord
	if s != nil {
		if rows, err = e.Room.Refusals.Read(e.Rows, id); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	encoder := json.NewEncoder(w)
	for _, row := range rows {
		if err := encoder.Encode(refusal{Row: row.Row, Reason: row.Reason, Detail: row.Detail, Cells: json.RawMessage(row.Text)}); err != nil {
			return nil // the reader is gone
		}
	}
	return nil
}
