package stockhttp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
)

// Limit is the largest baseline in bytes. A server must let bodies of this size
// come through to the edge.
const Limit = 1 << 30

const (
	maxLine  = 16 << 10 // bytes of a row
	maxText  = 200      // bytes of a name
	maxNodes = 1000     // nodes of a baseline
	// writers is how many rows are on their way to Kafka at once.
	writers = 64
	// uploadTime is for all of a baseline.
	uploadTime = time.Hour
)

// row is a line of a baseline.
type row struct {
	SKU       string `json:"sku"`
	Node      string `json:"node"`
	Qty       int64  `json:"quantity"`
	Allocated int64  `json:"allocated"`
	UnitValue int64  `json:"unit_value"`
}

// upload takes a baseline as JSON lines. Rows only wait at their items; what takes
// them is the manifest, which is written when the last of as many rows as were
// announced is. A body that is cut short changes nothing and is simply sent again.
func (e *Edge) upload(w http.ResponseWriter, r *http.Request) {
	m, err := e.manifestOf(r)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	control, deadline := http.NewResponseController(w), time.Now().Add(uploadTime)
	if err := errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		httpd.WriteError(w, r, fault.Wrap(fault.Unknown, err))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, Limit)
	announced := m.Rows
	if m.Rows, m.Checksum, err = e.rows(r, m); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if m.Rows != announced {
		httpd.WriteError(w, r, unprocessable(httpd.Field{Pointer: "/rows", Code: httpd.CodeRange, Detail: fmt.Sprintf("%d rows came, %d were announced.", m.Rows, announced)}))
		return
	}
	if err := e.word(r.Context(), m); err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.Header().Set("Location", "/v1/stock/baselines/"+m.Source+"/"+m.Batch)
	w.WriteHeader(http.StatusAccepted)
}

// manifestOf reads what the request says about the baseline.
func (e *Edge) manifestOf(r *http.Request) (*event.InventoryBaselineBatch, error) {
	q := r.URL.Query()
	m := &event.InventoryBaselineBatch{
		Source: r.PathValue("source"), Batch: r.PathValue("batch"), Action: event.BaselineActionManifest, Complete: q.Get("complete") == "true", SentAt: e.Now(),
	}
	var wrong []httpd.Field
	reject := func(name, detail string) {
		wrong = append(wrong, httpd.Field{Pointer: "/" + name, Code: httpd.CodeRange, Detail: detail})
	}
	if len(m.Source) > maxText || len(m.Batch) > maxText || strings.ContainsFunc(m.Source+m.Batch, func(c rune) bool { return c < ' ' }) {
		reject("batch", "Source and batch are bounded at 200 bytes, without control characters.")
	}
	if m.Nodes = q["node"]; len(m.Nodes) == 0 || len(m.Nodes) > maxNodes {
		reject("node", "It is needed once for each node that the baseline is about, at most 1000 times.")
	}
	var err error
	if m.Rows, err = strconv.ParseInt(q.Get("rows"), 10, 64); err != nil || m.Rows < 0 {
		reject("rows", "It is the number of rows that follow.")
	}
	if m.WatermarkAt, err = time.Parse(time.RFC3339, q.Get("watermark")); err != nil {
		reject("watermark", "It is the time up to which the baseline contains everything, as in 2026-01-05T09:00:00Z.")
	}
	if text := q.Get("sequence"); text != "" {
		if m.WatermarkSeq, err = strconv.ParseInt(text, 10, 64); err != nil || m.WatermarkSeq < 0 {
			reject("sequence", "It is the source's number up to which the baseline contains everything.")
		}
	}
	if len(wrong) > 0 {
		return nil, unprocessable(wrong...)
	}
	return m, nil
}

// rows writes each line of the body and returns how many there were, with their
// checksum.
func (e *Edge) rows(r *http.Request, m *event.InventoryBaselineBatch) (count, checksum int64, err error) {
	group, ctx := errgroup.WithContext(r.Context())
	group.SetLimit(writers)
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() && ctx.Err() == nil {
		if len(lines.Bytes()) == 0 {
			continue
		}
		b, err := rowOf(lines.Bytes(), m)
		if err != nil && lines.Err() != nil {
			break // within the row
		}
		count++
		if err != nil {
			return 0, 0, errors.Join(unprocessable(httpd.Field{Pointer: "/" + strconv.FormatInt(count, 10), Code: httpd.CodeRange, Detail: err.Error()}), group.Wait())
		}
		checksum += stock.Fingerprint(b)
		group.Go(func() error { return e.stage(ctx, b) })
	}
	if err := group.Wait(); err != nil {
		return 0, 0, fault.Wrap(fault.Unavailable, err)
	}
	if err := lines.Err(); err != nil {
		return 0, 0, bodyProblem(err, count)
	}
	return count, checksum, nil
}

// bodyProblem says why no more rows could be read.
func bodyProblem(err error, count int64) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return httpd.NewProblem(http.StatusRequestEntityTooLarge, httpd.CodeTooLarge, fmt.Sprintf("The baseline is larger than %d bytes. Nothing is changed; send one of fewer nodes at a time.", large.Limit))
	case errors.Is(err, bufio.ErrTooLong):
		return unprocessable(httpd.Field{Pointer: "/" + strconv.FormatInt(count+1, 10), Code: httpd.CodeRange, Detail: fmt.Sprintf("The row is longer than %d bytes.", maxLine)})
	}
	return httpd.NewProblem(http.StatusBadRequest, "CUT_SHORT", fmt.Sprintf("After %d rows the body broke off: %v. Nothing is changed; send it again.", count, err))
}

func rowOf(line []byte, m *event.InventoryBaselineBatch) (*event.InventoryBaseline, error) {
	var in row
	if err := httpd.Decode(strings.NewReader(string(line)), maxLine, 2, &in); err != nil {
		return nil, fmt.Errorf("reading the row: %w", err)
	}
	named := false
	for _, node := range m.Nodes {
		named = named || node == in.Node
	}
	if in.SKU == "" || len(in.SKU) > maxText || !named {
		return nil, fmt.Errorf("sku %q at node %q: a row needs an item, and one of the nodes that the baseline is about", in.SKU, in.Node)
	}
	return &event.InventoryBaseline{
		Source: m.Source, Batch: m.Batch, Sku: in.SKU, Node: in.Node, Qty: in.Qty, Allocated: in.Allocated, UnitValue: in.UnitValue,
		WatermarkSeq: m.WatermarkSeq, WatermarkAt: m.WatermarkAt,
	}, nil
}

func (e *Edge) stage(ctx context.Context, b *event.InventoryBaseline) error {
	value, err := e.staged.Append(nil, b)
	if err == nil {
		_, _, err = e.Write(ctx, topic.InventoryBaseline.Name, b.Sku, value)
	}
	return err
}

// word writes what is said about a baseline.
func (e *Edge) word(ctx context.Context, m *event.InventoryBaselineBatch) error {
	value, err := e.words.Append(nil, m)
	if err == nil {
		_, _, err = e.Write(ctx, topic.InventoryBaselineBatch.Name, m.Source, value)
	}
	return err
}
