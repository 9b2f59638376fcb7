package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/reconcile"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/services/demo"
	"github.com/millrace/millrace/services/target"
)

// devFlags are the flags of `millrace dev`.
type devFlags struct {
	http, kafka, registry string
	data                  string
	ephemeral             bool
	seed                  uint64
	traffic               string
	twins                 string
	rules, shadow         string
	logLevel              string
	profiles              string
}

func devCommand() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in this process on an embedded Kafka, registry and store",
		Long: "Runs all of Millrace in one process: an embedded Kafka and schema registry, all rooms, digital twins of an ERP,\n" +
			"two warehouses, a 3PL, a supplier, a payment provider and carriers, a sample catalogue and customers who order. It listens on the loopback only\n" +
			"and is not for production. State is kept in the data folder, and a second start continues where the first ended.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDev(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.http, "http", "127.0.0.1:8080", "address of the HTTP interface")
	flags.StringVar(&f.kafka, "kafka", "127.0.0.1:9092", "address of the embedded Kafka")
	flags.StringVar(&f.registry, "registry", "127.0.0.1:8081", "address of the embedded schema registry")
	flags.StringVar(&f.data, "data", ".millrace", "folder of all state")
	flags.BoolVar(&f.ephemeral, "ephemeral", false, "keep nothing: state lives in a folder that is removed at the end")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the customers and of the twins")
	flags.StringVar(&f.traffic, "traffic", "1", "orders a second that sample customers place, or off")
	flags.StringVar(&f.twins, "twins", "quick", "how the twins behave: quick, real or chaos")
	flags.StringVar(&f.rules, "sourcing.rules", "", "file of the rules by which nodes are chosen; none takes the default rules")
	flags.StringVar(&f.shadow, "sourcing.shadow", "", "file of rules that decide beside them, without effect")
	flags.StringVar(&f.profiles, "profiles", "", "address for /debug/pprof, on the loopback; none by default")
	flags.StringVar(&f.logLevel, "log", "warn", "least level of the log: debug, info, warn, error")
	return cmd
}

func runDev(ctx context.Context, f devFlags) (err error) {
	rate, err := f.rate()
	if err != nil {
		return err
	}
	log, err := telemetry.Log(os.Stderr, f.logLevel)
	if err != nil {
		return usageError{err}
	}
	easeCollection()
	if f.ephemeral {
		if f.data, err = os.MkdirTemp("", "millrace-"); err != nil {
			return fmt.Errorf("making a folder for the state: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(f.data)) }()
	}
	began := time.Now()
	n, err := embed(ctx, f.kafka, f.registry, f.data, log)
	if err != nil {
		return err
	}
	defer n.close()
	twins, err := startTwins(f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, twins.Close()) }()
	s := f.settings(twins)
	s.books = twins.books
	p, err := newProcess(s, n, log)
	if err != nil {
		return err
	}
	twins.ours, twins.pending = remote{server: "http://" + p.server.Addr()}, p.pending
	if f.profiles != "" {
		if err := p.profile(f.profiles); err != nil {
			return err
		}
	}
	carriers, err := twins.carriers("http://" + p.server.Addr())
	if err != nil {
		return err
	}
	d := &dev{process: p, flags: f, rate: rate, twins: twins, began: began}
	return p.run(ctx, carriers, lifecycle.Part{Name: "demo", Run: d.run})
}

// rate returns the orders a second of --traffic, 0 for off.
func (f devFlags) rate() (float64, error) {
	if f.traffic == "off" {
		return 0, nil
	}
	rate, err := strconv.ParseFloat(f.traffic, 64)
	if err != nil || rate <= 0 || rate > 1000 {
		return 0, usageError{fmt.Errorf("--traffic %q: want orders a second, up to 1000, or off", f.traffic)}
	}
	return rate, nil
}

func (f devFlags) settings(t *twins) settings {
	return settings{
		targets: append(target.Names(), targetConnectors), httpAddr: f.http,
		dataDir: f.data, partners: t.partners, channels: demo.WithSupplier(demo.Channels()), rules: f.rules, shadow: f.shadow,
	}
}

// twins are the digital twins of `millrace dev`.
type twins struct {
	*catalog.Twins
	partners []partner.Config // with the twins' addresses
	profile  sandbox.Profile
	dir      string
	ours     remote // where our own figures are asked for
	pending  func(context.Context) (reconcile.Pending, error)
}

// make gives the supplier what nobody else has.
func (t *twins) make() error {
	works := t.Nodes[demo.Supplier].(*sandbox.Supplier)
	products, pieces := demo.Made(time.Now())
	for _, p := range products {
		if err := works.Make("OPENING-"+p.Sku, p.Sku, pieces); err != nil {
			return fmt.Errorf("making the supplier's goods: %w", err)
		}
	}
	return nil
}

// startTwins starts a twin for each partner that ships with Millrace, and for a
// supplier.
func startTwins(f devFlags) (*twins, error) {
	profile, err := sandbox.ProfileOf(f.twins)
	if err != nil {
		return nil, usageError{fmt.Errorf("--twins: %w", err)}
	}
	t := &twins{profile: profile, dir: filepath.Join(f.data, "twins")}
	supplier, _ := partner.ByID(partner.Offered(), demo.Supplier)
	if t.Twins, t.partners, err = catalog.StartTwins(append(partner.Shipped(), supplier), t.dir, profile, f.seed); err != nil {
		return t, err
	}
	return t, errors.Join(t.sign(), t.make())
}
