package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/file/filehttp"
	"github.com/millrace/millrace/connectors/file/filestream"
	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/returns/returnshttp"
	"github.com/millrace/millrace/services/stock"
)

// Report is what became of a replay.
type Report struct {
	RowsIn      int64            `json:"rows_in"`
	Rows        filehttp.RunRows `json:"rows"`
	RowsRefused map[string]int64 `json:"rows_refused"`
	orderhttp.Summary
	// Returns is what the goods that came back were found to have come with.
	Returns returnshttp.Summary `json:"returns"`
	// MoneyRounding is what the sum of unrounded lines has above that of rounded ones.
	MoneyRounding string  `json:"money_rounding"`
	Oversold      int64   `json:"oversold"` // units promised that do not exist
	Seconds       float64 `json:"seconds"`
}

// replay is one call of the command.
type replay struct {
	*remote
	partner string
	files   []string
	speed   int64
	seed    int64
	wait    bool
	refused string
}

func replayCommand(to *remote) *cobra.Command {
	r := &replay{remote: to}
	cmd := &cobra.Command{
		Use:   "replay --partner P --file F...",
		Short: "Send a partner's files through the whole chain",
		Long: "Uploads files of a partner to the server, which turns them into orders, returns, stock and corrections by the\n" +
			"partner's configuration, and reports what became of them. The same files again are the same run.",
		Example: "  millrace replay --partner northwind --file data/northwind --wait\n" +
			"  millrace replay --partner online-retail --file 2009-2010.parquet --wait -o json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&r.partner, "partner", "", "id of the partner whose files they are")
	flags.StringArrayVar(&r.files, "file", nil, "a file, or a folder of files; may be given again")
	flags.Int64Var(&r.speed, "speed", 0, "seconds of the files' own time a second; 0 is as fast as it goes. Timers keep their own pace")
	flags.Int64Var(&r.seed, "seed", 1, "seed of generated stock")
	flags.BoolVar(&r.wait, "wait", false, "wait until no order is open and every return was looked up")
	flags.StringVar(&r.refused, "refused", "", "file for the refused rows, as JSON lines")
	_ = cmd.MarkFlagRequired("partner") // the flag exists
	_ = cmd.MarkFlagRequired("file")
	return cmd
}

func (r *replay) run(ctx context.Context) error {
	asJSON, err := r.asJSON()
	if err != nil {
		return err
	}
	began := time.Now()
	id, err := r.upload(ctx)
	if err != nil {
		return err
	}
	run, err := r.follow(ctx, id)
	if err != nil {
		return err
	}
	source := "file:" + r.partner
	if r.wait {
		if err := r.settle(ctx, source, run.Orders); err != nil {
			return err
		}
		if err := r.search(ctx, run.Returns); err != nil {
			return err
		}
	}
	report, err := r.report(ctx, run, source)
	if err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	if r.refused != "" {
		if err := r.download(ctx, id); err != nil {
			return err
		}
	}
	if asJSON {
		err = printJSON(report)
	} else {
		err = printReport(report)
	}
	return errors.Join(err, report.check())
}

// paths lists the files, those of folders in order of their names.
func (r *replay) paths() ([]string, error) {
	var all []string
	for _, name := range r.files {
		info, err := os.Stat(name)
		if err != nil {
			return nil, usageError{fmt.Errorf("--file: %w", err)}
		}
		if !info.IsDir() {
			all = append(all, name)
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, fmt.Errorf("reading folder: %w", err)
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				all = append(all, filepath.Join(name, e.Name()))
			}
		}
	}
	return all, nil
}

// upload sends the files in one form, as they are read.
func (r *replay) upload(ctx context.Context) (run string, err error) {
	paths, err := r.paths()
	if err != nil {
		return "", err
	}
	body, pipe := io.Pipe()
	form := multipart.NewWriter(pipe)
	go func() { pipe.CloseWithError(errors.Join(addFiles(form, paths), form.Close())) }()
	query := url.Values{"speed": {strconv.FormatInt(r.speed, 10)}, "seed": {strconv.FormatInt(r.seed, 10)}}
	path := "/v1/partners/" + url.PathEscape(r.partner) + "/files?" + query.Encode()
	answer, err := r.open(ctx, http.MethodPost, path, body, http.Header{"Content-Type": {form.FormDataContentType()}})
	if err != nil {
		return "", fmt.Errorf("sending files: %w", err)
	}
	var accepted struct {
		RunID string `json:"run_id"`
	}
	err = decodeAnswer(path, answer, &accepted)
	return accepted.RunID, err
}

func addFiles(form *multipart.Writer, paths []string) error {
	for _, path := range paths {
		if err := addFile(form, path); err != nil {
			return err
		}
	}
	return nil
}

func addFile(form *multipart.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening file: %w", err)
	}
	defer f.Close()
	part, err := form.CreateFormFile("file", filepath.Base(path))
	if err != nil {
		return fmt.Errorf("sending %s: %w", path, err)
	}
	if _, err := io.Copy(part, f); err != nil {
		return fmt.Errorf("sending %s: %w", path, err)
	}
	return nil
}

// pollEvery is how often the server is asked how far it is.
const pollEvery = 200 * time.Millisecond

// follow waits until everything is published.
func (r *replay) follow(ctx context.Context, id string) (*filehttp.Run, error) {
	var run filehttp.Run
	var progress *telemetry.Progress
	defer func() {
		if progress != nil {
			progress.Close()
		}
	}()
	err := poll(ctx, func() (done bool, err error) {
		run = filehttp.Run{}
		if err := r.get(ctx, "/v1/runs/"+id, &run); err != nil {
			return false, err
		}
		if progress == nil && run.RowsTotal > 0 {
			progress = telemetry.NewProgress(os.Stderr, "publishing", "rows", run.RowsTotal)
		}
		if progress != nil {
			progress.Add(run.RowsIn - progress.Done())
		}
		if run.Phase == filestream.Failed {
			return false, fmt.Errorf("the run failed: %s; mend it and send the files again", run.Failure)
		}
		return run.Phase == filestream.Done, nil
	})
	return &run, err
}

// settle waits until every order of a source has an end that lasts.
func (r *replay) settle(ctx context.Context, source string, orders int64) error {
	progress := telemetry.NewProgress(os.Stderr, "finishing", "orders", orders)
	defer progress.Close()
	return poll(ctx, func() (bool, error) {
		sum, err := r.orders(ctx, source)
		if err != nil {
			return false, err
		}
		known := sum.Orders.Accepted
		for _, n := range sum.Orders.Rejected {
			known += n
		}
		progress.Add(known - sum.Orders.Open - progress.Done())
		return known >= orders && sum.Orders.Open == 0, nil
	})
}

// search waits until the returns know of all that left, and what they came with
// was looked up by that.
func (r *replay) search(ctx context.Context, returned int64) error {
	return poll(ctx, func() (bool, error) {
		shipped, err := r.orders(ctx, "")
		if err != nil {
			return false, err
		}
		sum, err := r.returns(ctx)
		if err != nil {
			return false, err
		}
		known := int64(0)
		for _, n := range sum.Returns {
			known += n
		}
		return known >= returned && sum.SoldUnits >= shipped.Goods.Shipped && sum.InFlight == 0 && sum.Returns[event.ReturnStateRequested] == 0, nil
	})
}

func (r *replay) returns(ctx context.Context) (*returnshttp.Summary, error) {
	var sum returnshttp.Summary
	err := r.get(ctx, "/v1/returns/summary?"+url.Values{"channel": {r.partner}}.Encode(), &sum)
	return &sum, err
}

func poll(ctx context.Context, done func() (bool, error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *replay) orders(ctx context.Context, source string) (*orderhttp.Summary, error) {
	var sum orderhttp.Summary
	err := r.get(ctx, "/v1/orders/summary?"+url.Values{"source": {source}}.Encode(), &sum)
	return &sum, err
}

func (r *replay) report(ctx context.Context, run *filehttp.Run, source string) (*Report, error) {
	sum, err := r.orders(ctx, source)
	if err != nil {
		return nil, err
	}
	var units stock.Summary
	if err := r.get(ctx, "/v1/stock/summary", &units); err != nil {
		return nil, err
	}
	back, err := r.returns(ctx)
	if err != nil {
		return nil, err
	}
	return &Report{
		RowsIn: run.RowsIn, Rows: run.Rows, RowsRefused: run.RowsRefused, Summary: *sum, Returns: *back,
		MoneyRounding: run.MoneyRounding, Oversold: units.OversoldUnits,
	}, nil
}

// check holds the report against its own identities.
func (p *Report) check() error {
	var faults []error
	o := p.Orders
	if sum := o.Completed + o.Backordered + o.Cancelled + o.Open; o.Accepted != sum {
		faults = append(faults, fmt.Errorf("%d orders were accepted, but %d are completed, backordered, cancelled or open", o.Accepted, sum))
	}
	rows := p.Rows.Orders + p.Rows.Returns + p.Rows.Adjustments
	for _, n := range p.RowsRefused {
		rows += n
	}
	if p.RowsIn != rows {
		faults = append(faults, fmt.Errorf("%d rows were read, but %d became something or were refused", p.RowsIn, rows))
	}
	if l := p.Returns.Lines; l.Goods != l.Matched+l.Over+l.Unmatched+l.Open {
		faults = append(faults, fmt.Errorf("%d lines of goods came back, but %d are matched, over, unmatched or open", l.Goods, l.Matched+l.Over+l.Unmatched+l.Open))
	}
	if p.Oversold != 0 {
		faults = append(faults, fmt.Errorf("%d units are promised that do not exist", p.Oversold))
	}
	return errors.Join(faults...)
}

// download keeps the refused rows in a file.
func (r *replay) download(ctx context.Context, id string) error {
	body, err := r.open(ctx, http.MethodGet, "/v1/runs/"+id+"/refused", nil, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := os.Create(r.refused)
	if err != nil {
		return fmt.Errorf("keeping refused rows: %w", err)
	}
	_, err = io.Copy(f, body)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keeping refused rows: %w", err)
	}
	return nil
}

func printReport(p *Report) error {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	rows := [][]string{
		{"rows read", n(p.RowsIn)},
		{"  of orders, returns, adjustments", fmt.Sprintf("%d, %d, %d", p.Rows.Orders, p.Rows.Returns, p.Rows.Adjustments)},
	}
	for _, reason := range slices.Sorted(maps.Keys(p.RowsRefused)) {
		rows = append(rows, []string{"  refused " + reason, n(p.RowsRefused[reason])})
	}
	rows = append(rows,
		[]string{"orders accepted", n(p.Orders.Accepted)},
		[]string{"  completed", n(p.Orders.Completed)},
		[]string{"  backordered", n(p.Orders.Backordered)},
		[]string{"  cancelled", n(p.Orders.Cancelled)},
		[]string{"  open", n(p.Orders.Open)})
	for _, reason := range slices.Sorted(maps.Keys(p.Orders.Rejected)) {
		rows = append(rows, []string{"orders rejected " + reason, n(p.Orders.Rejected[reason])})
	}
	rows = append(rows,
		[]string{"lines that stock could not give in full", n(p.LinesShort)},
		[]string{"units ordered", n(p.Units.Ordered)},
		[]string{"  shipped, backordered, cancelled", fmt.Sprintf("%d, %d, %d", p.Units.Shipped, p.Units.Backordered, p.Units.Cancelled)})
	for _, code := range slices.Sorted(maps.Keys(p.Money)) {
		rows = append(rows, []string{"ordered " + code, p.Money[code]}, []string{"  invoiced", p.Invoiced[code]})
	}
	back := p.Returns
	rows = append(rows,
		[]string{"lines of goods that came back", n(back.Lines.Goods)},
		[]string{"  matched, over, unmatched, open", fmt.Sprintf("%d, %d, %d, %d", back.Lines.Matched, back.Lines.Over, back.Lines.Unmatched, back.Lines.Open)},
		[]string{"units that came back", n(back.Units.Returned)},
		[]string{"  over, unmatched", fmt.Sprintf("%d, %d", back.Units.Over, back.Units.Unmatched)})
	rows = append(rows, []string{"rounding", p.MoneyRounding}, []string{"units oversold", n(p.Oversold)}, []string{"seconds", strconv.FormatFloat(p.Seconds, 'f', 1, 64)})
	return printTable(rows...)
}
