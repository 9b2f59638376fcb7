package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/services/bench/streamsbench"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure this machine"}
	cmd.AddCommand(benchStreamsCommand(), benchWorkerCommand(), benchAvailabilityCommand(), benchFlowCommand(), benchShopCommand())
	return cmd
}

func benchStreamsCommand() *cobra.Command {
	o := streamsbench.Options{Log: zerolog.Nop()}
	var report, result string
	cmd := &cobra.Command{
		Use:   "streams",
		Short: "Measure the stream runtime, beside a peer that does the same work",
		Long: "Measures the stream runtime on a running Kafka: throughput, latency, interruptions, and how they change with the\n" +
			"commit interval and the size of the state. With --peer it measures another program beside it, round by round.",
		Example: "  millrace bench streams --brokers 127.0.0.1:9092 --peer ./kafka-streams-peer --report BENCHMARKS.md",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("finding this binary: %w", err)
			}
			o.Self = self
			o.Progress = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			r, err := streamsbench.Run(cmd.Context(), o)
			if r == nil {
				return err
			}
			return errors.Join(err, writeReport(cmd.OutOrStdout(), r, report, result))
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Brokers, "brokers", []string{"127.0.0.1:9092"}, "Addresses of some brokers, host:port.")
	f.StringVar(&o.PeerProgram, "peer", "", "Program to compare with, called with bootstrap=, app=, in=, out=, state=, threads= and commit=.")
	f.StringVar(&o.PeerName, "peer-name", "Kafka Streams", "What the report calls the peer.")
	f.StringVar(&o.Dir, "dir", filepath.Join(os.TempDir(), "millrace-bench"), "Folder for states and logs.")
	f.StringSliceVar(&o.Only, "only", nil, "Parts to measure: "+strings.Join(streamsbench.Parts(), ", ")+". Default all.")
	f.IntVar(&o.Records, "records", 1_000_000, "Records of a throughput round.")
	f.IntVar(&o.Keys, "keys", 100_000, "Different keys.")
	f.Int32Var(&o.Partitions, "partitions", 4, "Partitions of every topic.")
	f.IntVar(&o.ValueSize, "value", 200, "Bytes of a value.")
	f.IntVar(&o.Lanes, "lanes", runtime.GOMAXPROCS(0), "Threads of each contestant.")
	f.DurationVar(&o.Commit, "commit", 100*time.Millisecond, "Commit interval of each contestant.")
	f.IntVar(&o.Rounds, "rounds", 3, "Rounds, of which the medians are reported.")
	f.IntVar(&o.PerSecond, "per-second", 5000, "Load of a latency round, records a second.")
	f.DurationVar(&o.Span, "span", 20*time.Second, "Length of a latency round.")
	f.IntVar(&o.StateKeys, "state-keys", 1_000_000, "Keys in the state when restarts and moves are measured.")
	f.DurationSliceVar(&o.Intervals, "intervals", []time.Duration{
		10 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, time.Second,
	}, "Commit intervals of the sweep.")
	f.IntSliceVar(&o.StateSizes, "state-sizes", []int{10_000, 100_000, 1_000_000, 5_000_000}, "Keys in the state in the recovery sweep.")
	f.StringVar(&report, "report", "", "Markdown file to write the report to, with its pictures beside it; default is standard output.")
	f.StringVar(&result, "json", "", "File to write the figures to as JSON.")
	return cmd
}

// writeReport writes Markdown and pictures, to out when no file is named, and
// the figures as JSON.
func writeReport(out io.Writer, r *streamsbench.Report, report, result string) error {
	if result != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding figures: %w", err)
		}
		if err := os.WriteFile(result, append(b, '\n'), 0o644); err != nil {
			return fmt.Errorf("writing figures: %w", err)
		}
	}
	if report == "" {
		return r.Markdown(out, nil)
	}
	plots, err := r.Plot(filepath.Dir(report))
	if err != nil {
		return err
	}
	f, err := os.Create(report)
	if err != nil {
		return fmt.Errorf("making report: %w", err)
	}
	return errors.Join(r.Markdown(f, plots), f.Close())
}

// benchWorkerCommand is one of our contestants, started by the benchmark.
func benchWorkerCommand() *cobra.Command {
	var w streamsbench.Work
	var profile string
	cmd := &cobra.Command{
		Use: "worker KIND", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := telemetry.Log(os.Stderr, "info")
			if err != nil {
				return err
			}
			return profiled(profile, args[0], func() error { return streamsbench.Worker(cmd.Context(), args[0], w, log) })
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&w.Brokers, "brokers", nil, "")
	f.StringVar(&w.App, "app", "", "")
	f.StringVar(&w.In, "in", "", "")
	f.StringVar(&w.Out, "out", "", "")
	f.StringVar(&w.Dir, "dir", "", "")
	f.IntVar(&w.Lanes, "lanes", 1, "")
	f.DurationVar(&w.Commit, "commit", 100*time.Millisecond, "")
	f.IntVar(&w.Children, "children", 0, "")
	f.IntVar(&w.Standbys, "standbys", 0, "")
	f.StringVar(&w.Instance, "instance", "", "")
	f.BoolVar(&w.Leave, "leave", false, "")
	f.StringVar(&w.Ready, "ready", "", "")
	f.StringVar(&profile, "profile", os.Getenv("MILLRACE_BENCH_PROFILE"), "")
	return cmd
}

// profiled runs fn and writes its CPU profile to dir/kind.prof and what it
// allocated to dir/kind.allocs.prof, if there is a dir.
func profiled(dir, kind string, fn func() error) (err error) {
	if dir == "" {
		return fn()
	}
	cpu, err := os.Create(filepath.Join(dir, kind+".prof"))
	if err != nil {
		return fmt.Errorf("making profile: %w", err)
	}
	defer func() { err = errors.Join(err, cpu.Close()) }()
	allocs, err := os.Create(filepath.Join(dir, kind+".allocs.prof"))
	if err != nil {
		return fmt.Errorf("making profile: %w", err)
	}
	defer func() { err = errors.Join(err, pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close()) }()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	defer pprof.StopCPUProfile()
	return fn()
}
