package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// remote is the server that a command speaks to, and how it prints.
type remote struct {
	server string
	output string
}

// maxAnswer bounds what a command reads of one answer, in bytes.
const maxAnswer = 64 << 20

// unreachableError says that no server answered.
type unreachableError struct {
	server string
	cause  error
}

func (e unreachableError) Error() string {
	return fmt.Sprintf("no server at %s (%v); start one with `millrace dev`, or name another with --server", e.server, e.cause)
}

func (e unreachableError) Unwrap() error { return e.cause }

var httpClient = &http.Client{Timeout: 0, Transport: &http.Transport{ResponseHeaderTimeout: 2 * time.Minute}}

// signed adds the flag that says who decides: who runs the command, unless told.
func signed(cmd *cobra.Command, by *string) {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	cmd.Flags().StringVar(by, "by", name, "who decides")
}

// open sends a request and returns the answer's body; a problem document is an
// error that reads like a sentence.
func (r *remote) open(ctx context.Context, method, path string, body io.Reader, header http.Header) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(r.server, "/")+path, body)
	if err != nil {
		return nil, usageError{fmt.Errorf("--server: %w", err)}
	}
	for key, values := range header {
		req.Header[key] = values
	}
	resp, err := httpClient.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unreachableError{r.server, errors.Unwrap(err)}
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		return nil, problemError(resp)
	}
	return resp.Body, nil
}

// get decodes the JSON answer of a GET into dst.
func (r *remote) get(ctx context.Context, path string, dst any) error {
	body, err := r.open(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	return decodeAnswer(path, body, dst)
}

// ready returns why the server is not ready to answer for all it has.
func (r *remote) ready(ctx context.Context) error {
	body, err := r.open(ctx, http.MethodGet, "/readyz", nil, nil)
	if err != nil {
		return err
	}
	return body.Close()
}

func decodeAnswer(path string, body io.ReadCloser, dst any) error {
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(dst); err != nil {
		return fmt.Errorf("reading answer of %s: %w", path, err)
	}
	return nil
}

func problemError(resp *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var p struct {
		Title, Detail, Code string
		Errors              []struct{ Pointer, Detail string }
	}
	if json.Unmarshal(b, &p) != nil || p.Title == "" {
		return fmt.Errorf("the server answered %s: %s", resp.Status, bytes.TrimSpace(b))
	}
	text := fmt.Sprintf("%s (%s): %s", p.Title, p.Code, p.Detail)
	for _, e := range p.Errors {
		text += fmt.Sprintf("\n  %s: %s", e.Pointer, e.Detail)
	}
	return errors.New(text)
}

// asJSON says whether the output is JSON; anything but table and json is a
// usage error.
func (r *remote) asJSON() (bool, error) {
	switch r.output {
	case "json":
		return true, nil
	case "table":
		return false, nil
	}
	return false, usageError{fmt.Errorf("--output %q: want table or json", r.output)}
}

func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// printTable prints rows in aligned columns; the first row is the header.
func printTable(rows ...[]string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}
