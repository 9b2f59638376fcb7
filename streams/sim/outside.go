//go:build synctests

package sim

import (
	"errors"
	"flag"
	"io"
	"os"
	"reflect"
	"testing"
	"time"
)

// Outside calls fn with a test of its own in a program that is no test, since
// virtual time is given to tests only. It may be called once. What the test says
// goes to standard error; the error says that it failed.
func Outside(fn func(t *testing.T)) error {
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil { // the arguments are the program's
		return err
	}
	stdout := os.Stdout
	os.Stdout = os.Stderr // a test that passes says so
	defer func() { os.Stdout = stdout }()
	test := []testing.InternalTest{{Name: "Simulation", F: fn}}
	if testing.MainStart(standIn{}, test, nil, nil, nil).Run() != 0 {
		return errors.New("the simulation found violations")
	}
	return nil
}

// standIn is what the go command generates for tests; profiles, fuzzing and
// coverage are not used here. A newer Go may ask for more methods.
type standIn struct{}

type corpusEntry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

func (standIn) ImportPath() string                          { return "" }
func (standIn) ModulePath() string                          { return "" }
func (standIn) MatchString(string, string) (bool, error)    { return true, nil }
func (standIn) SetPanicOnExit0(bool)                        {}
func (standIn) StartCPUProfile(io.Writer) error             { return errors.ErrUnsupported }
func (standIn) StopCPUProfile()                             {}
func (standIn) StartTestLog(io.Writer)                      {}
func (standIn) StopTestLog() error                          { return nil }
func (standIn) WriteProfileTo(string, io.Writer, int) error { return errors.ErrUnsupported }
func (standIn) RunFuzzWorker(func(corpusEntry) error) error { return errors.ErrUnsupported }
func (standIn) CheckCorpus([]any, []reflect.Type) error     { return errors.ErrUnsupported }
func (standIn) ResetCoverage()                              {}
func (standIn) SnapshotCoverage()                           {}

func (standIn) CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []corpusEntry, []reflect.Type, string, string) error {
	return errors.ErrUnsupported
}

func (standIn) ReadCorpus(string, []reflect.Type) ([]corpusEntry, error) {
	return nil, errors.ErrUnsupported
}

func (standIn) InitRuntimeCoverage() (mode string, tearDown func(string, string) (string, error), snapcov func() float64) {
	return "", func(string, string) (string, error) { return "", nil }, func() float64 { return 0 }
}
