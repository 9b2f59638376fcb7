package streams_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store/memstore"
)

// names is a registerer that keeps the names of what is registered.
type names struct{ list []string }

var described = regexp.MustCompile(`fqName: "([a-z_]+)"`)

func (n *names) Register(c prometheus.Collector) error {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		c.Describe(descriptions)
		close(descriptions)
	}()
	for d := range descriptions {
		n.list = append(n.list, described.FindStringSubmatch(d.String())[1])
	}
	return nil
}

func (n *names) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		_ = n.Register(c)
	}
}

func (n *names) Unregister(prometheus.Collector) bool { return false }

func TestTheReadmeListsEveryMetric(t *testing.T) {
	registered := new(names)
	top, _, _ := tracing(nil)
	app, err := streams.Open(streams.Options{
		Brokers: []string{"127.0.0.1:1"}, Store: memstore.New(), Instance: "i", Metrics: registered,
	}, top)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile("`(streams_[a-z_]+)`").FindAllStringSubmatch(string(readme), -1)
	var written []string
	for _, m := range listed {
		written = append(written, m[1])
	}
	slices.Sort(written)
	slices.Sort(registered.list)
	if registered.list = slices.Compact(registered.list); !slices.Equal(slices.Compact(written), registered.list) {
		t.Errorf("README.md lists %q\nbut there are %q", written, registered.list)
	}
}
