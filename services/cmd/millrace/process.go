package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/erp/erpstream"
	"github.com/millrace/millrace/connectors/file/filehttp"
	"github.com/millrace/millrace/connectors/file/filestream"
	"github.com/millrace/millrace/connectors/node/nodestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/payment/paymentstream"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/cmd/millrace/internal/agreement"
	"github.com/millrace/millrace/services/cmd/millrace/internal/vocabulary"
	"github.com/millrace/millrace/services/fulfilment/fulfilmenthttp"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock/stockhttp"
	"github.com/millrace/millrace/services/tap/taphttp"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
)

// targetConnectors is the target of the edges to partners: ERP, nodes, files, payment.
const targetConnectors = "connectors"

// settings say what a process runs and where.
type settings struct {
	targets   []string // of target.Names and targetConnectors
	httpAddr  string
	dataDir   string // of local state and uploaded files
	advertise string
	standbys  int    // warm copies of each task on other processes
	leave     bool   // give tasks away at the end
	redisAddr string // "" keeps the availability cache in memory
	partners  []partner.Config
	rules     string // files of sourcing rules, and of those in shadow; "" for none
	shadow    string
	freeze    []audit.Invariant // violations of these freeze what they are about
	canary    canarySettings
	quoteKey  string            // file of the secret that signs quotes; "" makes one that ends with the process
	channels  []gateway.Channel // beside those of partners
	books     http.HandlerFunc  // of GET /v1/books, nil where the partners' books cannot be seen
}

// process is one millrace server: rooms on neighbours, with their HTTP edge.
type process struct {
	settings
	neighbours *neighbours
	log        zerolog.Logger
	metrics    *prometheus.Registry

	schemas  *codec.Schemas
	app      *streams.App
	producer *kafka.Producer
	together *kafka.Transactor
	reader   *kafka.Reader
	courses  *connector.Courses
	server   *httpd.Server
	group    *lifecycle.Group
	rooms    []target.Room
	files    *filestream.Room // nil without the connectors
	followed []*rulesFile
}

// newProcess wires everything; nothing runs and nothing is asked of Kafka yet.
func newProcess(s settings, n *neighbours, log zerolog.Logger) (*process, error) {
	p := &process{settings: s, neighbours: n, log: log, metrics: telemetry.Metrics(telemetry.ReadBuild())}
	var err error
	if p.schemas, err = n.schemas(); err != nil {
		return nil, err
	}
	if p.producer, err = kafka.NewProducer(n.kafka); err != nil {
		return nil, err
	}
	if p.together, err = kafka.NewTransactor(n.kafka); err != nil {
		return nil, err
	}
	if p.reader, err = kafka.NewReader(n.kafka); err != nil {
		return nil, err
	}
	p.courses = connector.NewCourses(p.schemas, p.write, p.metrics, log)
	topologies, err := p.wire()
	if err != nil {
		return nil, err
	}
	// The port first: others reach this process under it, and it may be any free one.
	mux := http.NewServeMux()
	if err := p.listen(mux); err != nil {
		return nil, err
	}
	if p.app, err = p.open(topologies); err != nil {
		return nil, err
	}
	p.route(mux)
	return p, nil
}

// wire makes the rooms and returns their topologies.
func (p *process) wire() ([]*streams.Topology, error) {
	config := target.Config{Words: vocabulary.Tables(p.partners), Carriers: carriers(p.partners), Channels: append(slices.Clone(p.channels), channels(p.partners)...), Redis: p.redisAddr, Dir: filepath.Join(p.dataDir, "rooms"), Ends: p.ends, Log: p.log, Audited: p.reader, Write: p.write, Freeze: p.freeze}
	rules, err := p.followRules(p.rules)
	if err != nil {
		return nil, err
	}
	shadow, err := p.followRules(p.shadow)
	if err != nil {
		return nil, err
	}
	if config.QuoteKey, err = readQuoteKey(p.quoteKey); err != nil {
		return nil, err
	}
	if config.Canary, err = p.canary.canary(p.partners); err != nil {
		return nil, usageError{err}
	}
	config.Rules, config.Shadow = rules.rules(), shadow.rules()
	nodes, err := catalog.Nodes(p.partners)
	if err != nil {
		return nil, err
	}
	config.Stock, config.Returns, config.Webhooks = agreement.Stock(p.partners), agreement.Returns(p.partners), webhooks(p.partners)
	for _, n := range nodes {
		config.Nodes = append(config.Nodes, n.Partner.Node.ID)
	}
	own := slices.DeleteFunc(slices.Clone(p.targets), func(name string) bool { return name == targetConnectors })
	if p.rooms, err = target.Rooms(own, config, p.schemas); err != nil {
		return nil, err
	}
	var topologies []*streams.Topology
	for _, room := range p.rooms {
		if room.Topology != nil {
			topologies = append(topologies, room.Topology)
		}
		if room.Metrics != nil {
			p.metrics.MustRegister(room.Metrics)
		}
	}
	if !slices.Contains(p.targets, targetConnectors) {
		return topologies, nil
	}
	edges, err := p.connect(nodes)
	return append(topologies, edges...), err
}

// followRules reads a rule file and sees to it that its changes are taken.
func (p *process) followRules(name string) (*rulesFile, error) {
	f, err := openRules(name, p.log)
	if f != nil {
		p.followed = append(p.followed, f)
	}
	return f, err
}

// ends asks Kafka for the next offset of each partition of a topic.
func (p *process) ends(ctx context.Context, name string) (map[int32]int64, error) {
	ends, err := p.reader.Ends(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(ends[name].Next) == 0 {
		return nil, fmt.Errorf("looking for the ends of %s: %w", name, kafka.ErrNoTopic)
	}
	return ends[name].Next, nil
}

// channels are those that partner files describe.
func channels(partners []partner.Config) []gateway.Channel {
	var all []gateway.Channel
	for _, c := range partners {
		if s := c.Sells; s != nil {
			all = append(all, gateway.Channel{
				ID: c.ID, Name: c.Name, Currencies: s.Currencies, ShipComplete: s.ShipComplete, Shortage: s.Shortage, Nodes: s.Nodes,
				Patience: time.Duration(s.GiveUpDays) * 24 * time.Hour, MinShelfLife: s.MinShelfLifeDays, TheirItems: s.Items == partner.TheirItems, Lost: redress(s.Lost),
			})
		}
	}
	return all
}

// redress is how a channel makes good what does not arrive; what only alerts is none.
func redress(lost string) string {
	if lost == partner.AlertLost {
		return ""
	}
	return lost
}

// connect makes the edges to partners.
func (p *process) connect(nodes []nodestream.Node) ([]*streams.Topology, error) {
	config, vendor, err := catalog.ERP(p.partners)
	if err != nil {
		return nil, err
	}
	p.files = filestream.New(filestream.Config{Schemas: p.schemas, Partners: p.partners, Dir: p.filesDir(), Backlog: p.backlog, Ahead: 80_000})
	edges := []*streams.Topology{
		erpstream.New(p.schemas, config, vendor).Topology, nodestream.New(p.schemas, nodes...).Topology, p.files.Topology,
	}
	bank, payment, err := catalog.Payment(p.partners)
	if payment != nil {
		edges = append(edges, paymentstream.New(p.schemas, bank, payment).Topology)
	}
	return edges, err
}

func (p *process) filesDir() string { return filepath.Join(p.dataDir, "files") }

// backlog counts the records that the rooms of this process have not handled
// yet, so that a run of files does not fill the topics faster than they empty.
func (p *process) backlog(ctx context.Context) (int64, error) {
	lag, err := p.app.Lag(ctx)
	var sum int64
	for _, n := range lag {
		sum += n
	}
	return sum, err
}

// carriers are the partners that say where parcels are.
func carriers(partners []partner.Config) []fulfilmenthttp.Carrier {
	var all []fulfilmenthttp.Carrier
	for _, c := range partners {
		if c.Scans == nil {
			continue
		}
		carrier := fulfilmenthttp.Carrier{ID: c.ID, Names: c.Scans.Carriers}
		if len(c.Scans.Secrets) > 0 {
			carrier.Secrets = signers(c.Scans.Secrets)
		}
		if c.Scans.Bearer != "" {
			carrier.Bearer = func() (string, error) { return partner.Reveal(c.Scans.Bearer) }
		}
		all = append(all, carrier)
	}
	return all
}

func (p *process) open(topologies []*streams.Topology) (*streams.App, error) {
	client, err := kafka.ClientOptions(p.neighbours.kafka)
	if err != nil {
		return nil, err
	}
	if p.neighbours.patience > 0 {
		client = append(client, kgo.RequestTimeoutOverhead(p.neighbours.patience))
	}
	return streams.Open(streams.Options{
		OffsetsMayLag:  p.neighbours.embedded != nil,
		SessionTimeout: p.neighbours.patience, TransactionTimeout: p.neighbours.patience,
		Standbys: p.standbys, Leave: p.leave,
		// Every transaction costs the brokers, and a lane has its own: rooms that
		// share a process share its processors.
		Lanes:   max(1, runtime.GOMAXPROCS(0)/max(1, len(topologies))),
		Brokers: p.neighbours.kafka.Brokers, Kafka: client, StateDir: filepath.Join(p.dataDir, "state"), Advertise: cmp.Or(p.advertise, p.server.Addr()),
		Partitions: p.neighbours.partitions, Replication: p.neighbours.replication,
		Logger: p.log, Metrics: p.metrics, Stamp: target.Stamp(time.Now), EffectStatus: p.courses.Note,
	}, topologies...)
}

// listen opens the HTTP port; requests are answered once the server runs.
func (p *process) listen(mux *http.ServeMux) (err error) {
	handler := httpd.Chain(mux, httpd.RequestID, httpd.Observe(p.log, p.metrics), httpd.Recover(p.log), limitBody)
	config := httpd.Config{Addr: p.httpAddr, Metrics: p.metrics}
	for _, room := range p.rooms {
		config.Express = append(config.Express, room.Express...)
	}
	p.server, err = httpd.Listen(config, handler, p.log)
	return err
}

// route adds the routes of all that this process runs.
func (p *process) route(mux *http.ServeMux) {
	(&taphttp.Edge{Reader: p.reader, Documents: codec.NewDocuments(p.schemas)}).Routes(mux)
	gateway.Routes(mux)
	for _, room := range p.rooms {
		if room.Routes != nil {
			room.Routes(mux, target.Serving{Runtime: p.app, Write: p.write, Together: p.writeTogether, Schemas: p.schemas})
		}
	}
	if p.files != nil {
		(&filehttp.Edge{Partners: p.partners, Dir: p.filesDir(), Start: p.startRun, Room: p.files, Rows: p.app}).Routes(mux)
	}
	if p.books != nil {
		mux.HandleFunc("GET /v1/books", p.books)
	}
	httpd.Operate(mux, p.ready, p.metrics, p.log)
}

// limitBody bounds bodies: files of partners and baselines are large, all else is
// small.
func limitBody(next http.Handler) http.Handler {
	small, files, baselines := httpd.LimitBody(httpd.DefaultBodyLimit)(next), httpd.LimitBody(filehttp.Limit)(next), httpd.LimitBody(stockhttp.Limit)(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/v1/partners/"):
			files.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/v1/stock/baselines/") && r.Method == http.MethodPut:
			baselines.ServeHTTP(w, r)
		default:
			small.ServeHTTP(w, r)
		}
	})
}

// startRun writes the command that begins a run of files.
func (p *process) startRun(ctx context.Context, run *event.PartnerRun) error {
	value, err := codec.Of[event.PartnerRun](p.schemas, topic.PartnerRun).Append(nil, run)
	if err != nil {
		return err
	}
	_, _, err = p.write(ctx, topic.PartnerRun.Name, run.RunID, value)
	return err
}

// profile serves /debug/pprof on a listener of its own.
func (p *process) profile(addr string) error {
	server, err := httpd.Listen(httpd.Config{Addr: addr, WriteTimeout: 5 * time.Minute}, httpd.Profiles(), p.log)
	if err != nil {
		return err
	}
	p.neighbours.parts = append(p.neighbours.parts, lifecycle.Part{Name: "profiles", Run: server.Run})
	return nil
}

func (p *process) ready(ctx context.Context) error { return p.group.Ready(ctx) }

// run serves until ctx ends; more are parts that start last.
func (p *process) run(ctx context.Context, more ...lifecycle.Part) error {
	parts := append(slices.Clone(p.neighbours.parts), p.neighbours.contracts(p.schemas, p.log),
		lifecycle.Part{Name: "effect status", Run: p.courses.Run},
		lifecycle.Part{Name: "streams", Run: p.runApp, Check: func(context.Context) error { return p.app.Ready() }, StopWithin: 25 * time.Second},
		lifecycle.Part{Name: "http", Run: p.server.Run})
	for _, f := range p.followed {
		parts = append(parts, f.follow())
	}
	for _, room := range p.rooms {
		if room.Run != nil {
			// Not ready yet is no reason to hold up the parts after it: the room's
			// edge says so itself.
			parts = append(parts, lifecycle.Part{Name: room.Name, Check: room.Check, Run: func(ctx context.Context, ready func()) error {
				ready()
				return room.Run(ctx, func() {})
			}})
		}
	}
	p.group = lifecycle.New(append(parts, more...)...)
	err := p.group.Run(ctx)
	p.producer.Close()
	p.together.Close()
	p.reader.Close()
	for _, room := range p.rooms {
		if room.Close != nil {
			err = errors.Join(err, room.Close())
		}
	}
	return errors.Join(err, p.app.Close())
}

// runApp runs the topologies; it is ready at once, since the edges answer while
// tasks are restored, and /readyz tells when all are.
func (p *process) runApp(ctx context.Context, ready func()) error {
	ready()
	if err := p.app.Run(ctx); err != nil {
		return fmt.Errorf("running topologies: %w", err)
	}
	return nil
}
