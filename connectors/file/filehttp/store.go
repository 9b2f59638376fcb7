package filehttp

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
)

const (
	maxFiles       = 32
	checksumHeader = "X-Checksum-Sha256"
)

// stored is a file that was received.
type stored struct{ name, digest string }

// store receives the files into a folder of their own, which takes the run's
// name when all of them are there: a folder under that name is always whole.
func (e *Edge) store(r *http.Request, p partner.Config, seed int64) (*event.PartnerRun, error) {
	if err := os.MkdirAll(e.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("making folder of runs: %w", err)
	}
	arriving, err := os.MkdirTemp(e.Dir, "arriving-")
	if err != nil {
		return nil, fmt.Errorf("making folder of an upload: %w", err)
	}
	defer os.RemoveAll(arriving)
	files, err := receive(r, arriving)
	if err != nil {
		return nil, bodyProblem(err)
	}
	if err := fits(p, files); err != nil {
		return nil, err
	}
	run := &event.PartnerRun{RunID: runID(p.ID, files, seed), Partner: p.ID, Seed: seed}
	for _, f := range files {
		run.Files = append(run.Files, f.name)
	}
	final := filepath.Join(e.Dir, run.RunID)
	if _, err := os.Stat(final); err == nil {
		return run, nil // the same content, stored before
	}
	if err := os.Rename(arriving, final); err != nil {
		if _, there := os.Stat(final); there != nil { // not stored by another upload meanwhile either
			return nil, fmt.Errorf("keeping an upload: %w", err)
		}
	}
	return run, nil
}

// fits says whether each input of the partner finds its file.
func fits(p partner.Config, files []stored) error {
	problem := httpd.NewProblem(http.StatusUnprocessableEntity, "FILES", "The files are not those that the partner's configuration reads.")
	for name, in := range p.File.Inputs {
		matches := 0
		for _, f := range files {
			if ok, err := filepath.Match(in.Match, f.name); err == nil && ok {
				matches++
			}
		}
		if matches != 1 {
			problem = problem.WithErrors(httpd.Field{Pointer: "/" + name, Code: "FILE", Detail: fmt.Sprintf("%d files match %q, want 1.", matches, in.Match)})
		}
	}
	if len(problem.Errors) > 0 {
		return problem
	}
	return nil
}

func runID(partner string, files []stored, seed int64) string {
	parts := []string{"run", partner, fmt.Sprint(seed)}
	for _, f := range files {
		parts = append(parts, f.name, f.digest)
	}
	return uuid.NewSHA1(event.NS, []byte(strings.Join(parts, "\x1f"))).String()
}

// receive reads a multipart upload or one raw file, and sorts by name.
func receive(r *http.Request, dir string) ([]stored, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && kind == "multipart/form-data" {
		return receiveParts(r, dir)
	}
	f, err := keep(dir, r.URL.Query().Get("name"), r.Body, r.Header.Get(checksumHeader))
	return []stored{f}, err
}

func receiveParts(r *http.Request, dir string) ([]stored, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, httpd.NewProblem(http.StatusBadRequest, "MULTIPART", "The body is no multipart form: "+err.Error())
	}
	var files []stored
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			slices.SortFunc(files, func(a, b stored) int { return strings.Compare(a.name, b.name) })
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if part.FileName() == "" {
			continue
		}
		if len(files) == maxFiles {
			return nil, httpd.NewProblem(http.StatusUnprocessableEntity, "FILES", fmt.Sprintf("More than %d files.", maxFiles))
		}
		f, err := keep(dir, part.FileName(), part, part.Header.Get(checksumHeader))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
}

// keep writes one file and checks what the sender says it is.
func keep(dir, name string, from io.Reader, checksum string) (stored, error) {
	base := filepath.Base(filepath.ToSlash(name))
	if name == "" || base != name || strings.HasPrefix(base, ".") {
		return stored{}, httpd.NewProblem(http.StatusUnprocessableEntity, "FILE_NAME", fmt.Sprintf("%q is no plain file name; give one by ?name= or in the form.", name))
	}
	f, err := os.OpenFile(filepath.Join(dir, base), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return stored{}, httpd.NewProblem(http.StatusUnprocessableEntity, "FILE_NAME", fmt.Sprintf("The file %q is there twice.", name))
	}
	digest := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, digest), from)
	if err = errors.Join(err, f.Close()); err != nil {
		return stored{}, err
	}
	got := digestOf(digest)
	if checksum != "" && !strings.EqualFold(checksum, got) {
		return stored{}, httpd.NewProblem(http.StatusUnprocessableEntity, "CHECKSUM", fmt.Sprintf("%s arrived with SHA-256 %s; send it again.", base, got))
	}
	return stored{base, got}, nil
}

func digestOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// bodyProblem turns a failure to read the body into its answer.
func bodyProblem(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return httpd.NewProblem(http.StatusRequestEntityTooLarge, httpd.CodeTooLarge, fmt.Sprintf("The upload is larger than %d bytes.", large.Limit))
	}
	return err
}
