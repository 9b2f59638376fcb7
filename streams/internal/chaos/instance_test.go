//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv"
)

// instance is the parent's hold on a process that runs the model.
type instance struct {
	testing.TB
	*testenv.Program
	name    string
	config  config
	control *http.Client
}

func newInstance(t testing.TB, name string, c config) *instance {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	dialer := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", c.control())
	}
	i := &instance{
		TB: t, name: name, config: c,
		Program: testenv.NewSelf(t, c.App+" "+name, c.Dir, childVariable+"="+string(text)),
		control: &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DialContext: dialer, DisableKeepAlives: true}},
	}
	t.Cleanup(i.explain)
	return i
}

// explain keeps, when the test has failed, all that tells what an instance that
// lives was doing: with `go test -artifacts` its log and its goroutines.
func (i *instance) explain() {
	if !i.Failed() || !i.running() {
		return
	}
	s, err := i.status()
	i.Logf("%s says of itself: %+v, error %v", i.name, s, err)
	stacks, err := i.ask(http.MethodGet, "/stacks", nil)
	log, err2 := os.ReadFile(filepath.Join(i.config.Dir, "log"))
	dir := i.ArtifactDir()
	if err := errors.Join(err, err2,
		os.WriteFile(filepath.Join(dir, i.name+".stacks"), stacks, 0o600),
		os.WriteFile(filepath.Join(dir, i.name+".log"), log, 0o600)); err != nil {
		i.Logf("explaining %s: %v", i.name, err)
	}
}

// start runs the process and returns at once.
func (i *instance) start() {
	i.Helper()
	if err := i.Start(); err != nil {
		i.Fatal(err)
	}
}

// kill ends the process as a crash does.
func (i *instance) kill() {
	i.Helper()
	if err := i.Kill(); err != nil {
		i.Fatal(err)
	}
}

// drain ends the process in order.
func (i *instance) drain() {
	i.Helper()
	if err := i.Stop(); err != nil {
		i.Fatal(err)
	}
	if i.ExitCode() != 0 {
		i.Errorf("%s did not end in order", i)
	}
}

// running says whether the process lives; one that ended by itself is an error.
func (i *instance) running() bool {
	select {
	case <-i.Exited():
		return false
	default:
		return i.Exited() != nil
	}
}

// ask calls the control socket.
func (i *instance) ask(method, path string, values url.Values) ([]byte, error) {
	req, err := http.NewRequest(method, "http://instance"+path+"?"+values.Encode(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := i.control.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %s", path, resp.Status, body)
	}
	return body, err
}

// tell is ask that must succeed, within the time a process takes to start.
func (i *instance) tell(path string, values url.Values) {
	i.Helper()
	eventually(i, 30*time.Second, func() error {
		_, err := i.ask(http.MethodPost, path, values)
		return err
	})
}

func (i *instance) status() (s status, err error) {
	body, err := i.ask(http.MethodGet, "/status", nil)
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	return s, err
}

// ready waits until the instance has all its tasks at work.
func (i *instance) ready(limit time.Duration) status {
	i.Helper()
	var s status
	eventually(i, limit, func() (err error) {
		if !i.running() {
			i.Fatalf("%s ended by itself", i)
		}
		if s, err = i.status(); err == nil && s.Waiting != "" {
			err = fmt.Errorf("%s is not ready: %s", i.name, s.Waiting)
		}
		return err
	})
	return s
}

// logged counts the lines of all runs' output that hold a text.
func (i *instance) logged(text string) (n int) {
	i.Helper()
	b, err := os.ReadFile(filepath.Join(i.config.Dir, "log"))
	if err != nil {
		i.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// eventually waits until check returns nil.
func eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not reached within %s: %v", limit, err)
		}
	}
}
