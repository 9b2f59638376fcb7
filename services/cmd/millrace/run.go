package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/config"
	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/services/target"
)

// runSettings are the settings of `millrace run`, each declared once in declare.
type runSettings struct {
	targets     []string
	registry    []string
	redis       string
	http        string
	advertise   string
	data        string
	partners    string
	rules       string
	shadow      string
	quoteKey    string
	freeze      []string
	canary      canarySettings
	partitions  int
	replication int
	standbys    int
	leave       bool
	log         string

	connection
}

func (s *runSettings) declare(set *config.Set) {
	all := append(target.Names(), targetConnectors)
	set.Strings(&s.targets, "target", []string{"all"}, "Rooms to run: all, or some of "+strings.Join(all, ", ")+".")
	s.connection.declare(set)
	set.Strings(&s.registry, "registry", []string{"http://127.0.0.1:8081"}, "URLs of the schema registry, with the path of its Confluent interface.")
	set.String(&s.redis, "redis", "", "Redis of the availability cache, host:port; none keeps the cache in memory.")
	set.String(&s.http, "http", "127.0.0.1:8080", "Address of the HTTP interface.")
	set.String(&s.advertise, "advertise", "", "Address under which other processes reach this one's HTTP interface; default is that of http.")
	set.String(&s.data, "data", ".millrace", "Folder of the local state and of uploaded files; it belongs to one process.")
	set.String(&s.partners, "partners", "", "Folder of partner files; none takes those that ship with Millrace.")
	set.String(&s.rules, "sourcing.rules", "", "File of the rules by which nodes are chosen, taken anew when it changes; none takes the default rules.")
	set.String(&s.shadow, "sourcing.shadow", "", "File of rules that decide beside them, without effect.")
	set.String(&s.quoteKey, "quote.key", "", "File of the secret that signs quotes, 32 bytes or more, the same for all processes; none makes one that ends with the process.")
	set.Strings(&s.freeze, "audit.freeze", nil, "Invariants, as I2, whose violations have the auditor freeze the item or order that they are about until a person thaws it; none freezes nothing.")
	s.canary.declare(set)
	set.Int(&s.partitions, "topics.partitions", 12, 1, 1000, "Partitions of a topic that has to be made; never changes afterwards.")
	set.Int(&s.replication, "topics.replication", -1, -1, 9, "Replicas of a topic that has to be made; -1 is the brokers' default.")
	set.Int(&s.standbys, "standbys", 0, 0, 9, "How many other processes keep a warm copy of each task, to go on at once when this one dies.")
	set.Bool(&s.leave, "leave", false, "On SIGTERM give the tasks to other processes for good (scale-in); else they wait for a restart.")
	set.String(&s.log, "log", "info", "Least level of the log.", "debug", "info", "warn", "error")
}

func runCommand() *cobra.Command {
	var s runSettings
	var file string
	set := config.New("MILLRACE")
	s.declare(set)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run rooms on a real Kafka, registry and Redis",
		Long: "Runs chosen rooms against a real Kafka (4.x, transaction.version 2), a Confluent-compatible schema registry\n" +
			"and, for a shared availability cache, Redis. Settings come from flags, then MILLRACE_ variables, then --config.",
		Example: "  millrace run --target order,stock --kafka kafka-1:9092 --registry http://registry:8081",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.Load(file, os.Environ()); err != nil {
				return usageError{err}
			}
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	set.Bind(cmd.Flags())
	return cmd
}

// readPartners reads the partner files of a folder; none takes those that ship with
// Millrace.
func readPartners(dir string) ([]partner.Config, error) {
	if dir == "" {
		return partner.Shipped(), nil
	}
	partners, err := partner.Load(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("reading partner files of %s: %w", dir, err)
	}
	return partners, nil
}

func (s *runSettings) run(ctx context.Context) error {
	log, err := telemetry.Log(os.Stderr, s.log)
	if err != nil {
		return usageError{err}
	}
	partners, err := readPartners(s.partners)
	if err != nil {
		return err
	}
	freeze, err := freezing(s.freeze)
	if err != nil {
		return usageError{err}
	}
	easeCollection()
	n := &neighbours{
		kafka: s.kafka(), registry: s.registry, partitions: int32(s.partitions), replication: int16(s.replication),
	}
	targets := s.targets
	if slices.Contains(targets, "all") {
		targets = append(target.Names(), targetConnectors)
	}
	p, err := newProcess(settings{
		targets: targets, httpAddr: s.http, advertise: s.advertise, dataDir: s.data, redisAddr: s.redis, partners: partners,
		standbys: s.standbys, leave: s.leave, rules: s.rules, shadow: s.shadow, quoteKey: s.quoteKey, freeze: freeze, canary: s.canary,
	}, n, log)
	if err != nil {
		return err
	}
	log.Info().Strs("targets", targets).Str("http", p.server.Addr()).Strs("brokers", s.brokers).Msg("starting")
	return p.run(ctx)
}
