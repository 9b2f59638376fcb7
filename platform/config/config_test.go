package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/millrace/millrace/platform/config"
)

// options is what the tests configure.
type options struct {
	brokers    []string
	partitions int
	wait       time.Duration
	level      string
	pprof      bool
	password   config.Secret
}

func declare(o *options) *config.Set {
	s := config.New("MILLRACE")
	s.Strings(&o.brokers, "kafka.brokers", []string{"127.0.0.1:9092"}, "Brokers to ask first.")
	s.Int(&o.partitions, "kafka.partitions", 12, 1, 1000, "Partitions of a new topic.")
	s.Duration(&o.wait, "http.first_answer", time.Second, 0, 30*time.Second, "How long a submit waits.")
	s.String(&o.level, "log.level", "info", "Least level logged.", "debug", "info", "warn")
	s.Bool(&o.pprof, "http.pprof", false, "Serve profiles on the loopback.")
	s.Secret(&o.password, "kafka.password", "Password of the Kafka user.")
	return s
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagsWinOverEnvironmentOverFileOverDefault(t *testing.T) {
	var o options
	s := declare(&o)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	s.Bind(flags)
	if err := flags.Parse([]string{"--kafka-partitions", "3"}); err != nil {
		t.Fatal(err)
	}
	file := write(t, "config.yaml", "kafka:\n  brokers: [a:1, b:2]\n  partitions: 1\nhttp:\n  first_answer: 2s\n  pprof: true\nlog: {level: warn}\n")
	err := s.Load(file, []string{"MILLRACE_KAFKA_PARTITIONS=2", "MILLRACE_HTTP_FIRST_ANSWER=5s", "OTHER_LOG_LEVEL=debug", "MILLRACE_UNRELATED=1"})
	if err != nil {
		t.Fatal(err)
	}
	want := options{brokers: []string{"a:1", "b:2"}, partitions: 3, wait: 5 * time.Second, level: "warn", pprof: true}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("want %+v, got %+v", want, o)
	}
	sources := map[string]string{}
	for _, setting := range s.Settings() {
		sources[setting.Name] = setting.Value + " from " + setting.Source
	}
	for name, want := range map[string]string{
		"kafka.partitions":  "3 from flag --kafka-partitions",
		"http.first_answer": "5s from environment MILLRACE_HTTP_FIRST_ANSWER",
		"log.level":         "warn from file " + file,
		"kafka.password":    " from default",
	} {
		if sources[name] != want {
			t.Errorf("%s: want %q, got %q", name, want, sources[name])
		}
	}
}

func TestDefaultsHoldWithoutAnySource(t *testing.T) {
	var o options
	if err := declare(&o).Load("", nil); err != nil {
		t.Fatal(err)
	}
	want := options{brokers: []string{"127.0.0.1:9092"}, partitions: 12, wait: time.Second, level: "info"}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("want %+v, got %+v", want, o)
	}
}

func TestAllViolationsAreReportedTogether(t *testing.T) {
	var o options
	file := write(t, "config.yaml", "kafka:\n  brokers: {a: 1}\n  partitons: 4\n  password: hunter2\nlog:\n  level: loud\nhttp:\n  pprof: maybe\n")
	err := declare(&o).Load(file, []string{"MILLRACE_KAFKA_PARTITIONS=0", "MILLRACE_HTTP_FIRST_ANSWER=soon", "MILLRACE_KAFKA_BROKERS=x:1, y:2"})
	for _, want := range []string{
		"kafka.partitons from file " + file + ": there is no such setting",
		"kafka.brokers.a from file",
		`log.level from file ` + file + `: "loud" is not allowed; want one of debug, info, warn`,
		`http.pprof from file ` + file + `: "maybe" is neither true nor false`,
		"kafka.partitions from environment MILLRACE_KAFKA_PARTITIONS: 0 is outside its bounds; want 1 to 1000",
		`http.first_answer from environment MILLRACE_HTTP_FIRST_ANSWER: "soon" is not a duration`,
		"kafka.password from file " + file + ": a secret is given as file:/path",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a secret written by mistake must not be repeated")
	}
	var violation config.Violation
	if !errors.As(err, &violation) {
		t.Error("violations must be found with errors.As")
	}
	if !reflect.DeepEqual(o.brokers, []string{"x:1", "y:2"}) {
		t.Errorf("what is right still counts: %v", o.brokers)
	}
}

func TestAMissingOrBrokenFileIsNamed(t *testing.T) {
	broken := write(t, "broken.yaml", "kafka: [")
	for _, path := range []string{broken, filepath.Join(t.TempDir(), "absent.yaml")} {
		if err := declare(&options{}).Load(path, nil); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("want %s in the error, got %v", path, err)
		}
	}
}

func TestDeclaringTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("want a panic")
		}
	}()
	var a, b int
	s := config.New("X")
	s.Int(&a, "a", 1, 1, 1, "A.")
	s.Int(&b, "a", 1, 1, 1, "A.")
}

func TestASecretShowsItselfOnlyWhenRevealed(t *testing.T) {
	var o options
	path := write(t, "password", "canary-7\n")
	s := declare(&o)
	if err := s.Load("", []string{"MILLRACE_KAFKA_PASSWORD=file:" + path}); err != nil {
		t.Fatal(err)
	}
	if got, err := o.password.Reveal(); err != nil || got != "canary-7" {
		t.Errorf("revealed %q, %v", got, err)
	}
	var logged, slogged strings.Builder
	log := zerolog.New(&logged)
	log.Info().Interface("secret", o.password).Stringer("text", o.password).Msg(fmt.Sprint(o.password))
	slog.New(slog.NewJSONHandler(&slogged, nil)).Info("x", "secret", o.password)
	asJSON, err := json.Marshal(map[string]any{"secret": o.password, "pointer": &o.password})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %q", o.password, o.password, o.password, o.password, o.password) + logged.String() + slogged.String() + string(asJSON) + fmt.Sprintf("%+v", s.Settings())
	if strings.Contains(shown, "canary") || strings.Contains(logged.String()+slogged.String()+string(asJSON), path) {
		t.Errorf("a secret shows itself in %s", shown)
	}
	if err := os.WriteFile(path, []byte("rotated"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := o.password.Reveal(); got != "rotated" {
		t.Errorf("a rotated file must be read again, got %q", got)
	}
}

func TestASecretFileThatCannotServeIsAViolation(t *testing.T) {
	for name, path := range map[string]string{
		"empty":   write(t, "empty", "\n"),
		"large":   write(t, "large", strings.Repeat("x", 64<<10+1)),
		"missing": filepath.Join(t.TempDir(), "missing"),
	} {
		if err := declare(&options{}).Load("", []string{"MILLRACE_KAFKA_PASSWORD=file:" + path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
