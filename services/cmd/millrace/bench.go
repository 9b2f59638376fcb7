package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/services/bench/streamsbench"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure this machine"}
	cmd.AddCommand(benchStreamsCommand(), benchWorkerCommand())
	return cmd
}

func benchStreamsCommand() *cobra.Command {
	o := streamsbench.Options{Log: zerolog.Nop()}
	cmd := &cobra.Command{
		Use:   "streams",
		Short: "Measure the stream runtime, beside a peer that does the same work",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("finding this binary: %w", err)
			}
			o.Self = self
			o.Progress = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			return streamsbench.Quick(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Brokers, "brokers", []string{"127.0.0.1:9092"}, "Addresses of some brokers, host:port.")
	f.StringVar(&o.PeerProgram, "peer", "", "Program to compare with, called with bootstrap=, app=, in=, out=, state=, threads= and commit=.")
	f.StringVar(&o.PeerName, "peer-name", "Kafka Streams", "What the report calls the peer.")
	f.StringVar(&o.Dir, "dir", ".millrace/bench", "Folder for states and logs.")
	f.IntVar(&o.Records, "records", 1_000_000, "Records of a throughput round.")
	f.IntVar(&o.Keys, "keys", 100_000, "Different keys.")
	f.Int32Var(&o.Partitions, "partitions", 4, "Partitions of every topic.")
	f.IntVar(&o.ValueSize, "value", 200, "Bytes of a value.")
	f.IntVar(&o.Lanes, "lanes", runtime.GOMAXPROCS(0), "Threads of each contestant.")
	f.DurationVar(&o.Commit, "commit", 100*time.Millisecond, "Commit interval of each contestant.")
	f.IntVar(&o.Rounds, "rounds", 3, "Rounds, of which the medians are reported.")
	return cmd
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
	f.StringVar(&profile, "profile", os.Getenv("MILLRACE_BENCH_PROFILE"), "")
	return cmd
}

// profiled runs fn and writes its CPU profile to dir/kind.prof, if there is a dir.
func profiled(dir, kind string, fn func() error) error {
	if dir == "" {
		return fn()
	}
	f, err := os.Create(filepath.Join(dir, kind+".prof"))
	if err != nil {
		return fmt.Errorf("making profile: %w", err)
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	defer pprof.StopCPUProfile()
	return fn()
}
