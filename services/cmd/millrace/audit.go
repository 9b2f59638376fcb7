package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/config"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/auditstream"
	"github.com/millrace/millrace/services/cmd/millrace/internal/agreement"
	"github.com/millrace/millrace/services/target"
)

// auditSettings say which log `millrace audit` reads.
type auditSettings struct {
	connection
	registry []string
	data     string
	partners string
	watch    bool
}

func auditCommand(to *remote) *cobra.Command {
	var s auditSettings
	var file string
	set := config.New("MILLRACE")
	s.declare(set)
	set.Strings(&s.registry, "registry", []string{"http://127.0.0.1:8081"}, "URLs of the schema registry, with the path of its Confluent interface.")
	set.String(&s.partners, "partners", "", "Folder of partner files, which say whose own goods issues move stock and who is told what can be sold; none takes those that ship with Millrace.")
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Hold the whole log against its invariants",
		Long: "Reads all topics from the beginning, committed records only, with books that share nothing with the rooms, and\n" +
			"says for every invariant how much was checked, what waits, and what does not hold, with the records that show\n" +
			"it. Nothing is written. It ends with code 1 when an invariant does not hold.\n\n" +
			"--data reads the folder of a `millrace dev` that does not run; --watch follows the auditor of a running server.",
		Example: "  millrace audit --kafka kafka-1:9092 --registry http://registry:8081\n  millrace audit --data .millrace\n  millrace audit --watch",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.Load(file, os.Environ()); err != nil {
				return usageError{err}
			}
			if s.watch {
				return watchAudit(cmd.Context(), to)
			}
			return s.run(cmd.Context(), to)
		},
	}
	cmd.Flags().StringVar(&s.data, "data", "", "folder of a `millrace dev` that does not run, instead of a running Kafka")
	cmd.Flags().BoolVar(&s.watch, "watch", false, "show what the auditor of a running server has found, and go on")
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	set.Bind(cmd.Flags())
	cmd.AddCommand(freezeCommand(to, true), freezeCommand(to, false))
	return cmd
}

func (s *auditSettings) run(ctx context.Context, to *remote) error {
	n := &neighbours{kafka: s.kafka(), registry: s.registry, close: func() {}}
	if s.data != "" {
		if _, err := os.Stat(s.data); err != nil {
			return usageError{fmt.Errorf("--data: %w", err)}
		}
		var err error
		if n, err = embed(ctx, "127.0.0.1:0", "127.0.0.1:0", s.data, zerolog.Nop()); err != nil {
			return err
		}
	}
	defer n.close()
	var account *auditstream.Account
	parts := append(n.parts, lifecycle.Part{Name: "audit", Run: func(ctx context.Context, ready func()) (err error) {
		ready()
		account, err = s.audit(ctx, n)
		return err
	}})
	if err := lifecycle.New(parts...).Run(ctx); err != nil {
		return err
	}
	if account == nil {
		return errors.New("the audit was broken off")
	}
	return report(account, to)
}

// audit reads the log once.
func (s *auditSettings) audit(ctx context.Context, n *neighbours) (*auditstream.Account, error) {
	schemas, err := n.schemas()
	if err != nil {
		return nil, err
	}
	reader, err := kafka.NewReader(n.kafka)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	account := new(auditstream.Account)
	if account.Partial, err = auditstream.Cut(ctx, reader); err != nil {
		return nil, err
	}
	partners, err := readPartners(s.partners)
	if err != nil {
		return nil, err
	}
	a := audit.New(audit.Config{
		Schema: schemas.Text, Partial: account.Partial, IssueByMovement: agreement.IssueByMovement(partners), Endpoints: target.Endpoints(webhooks(partners)),
	})
	progress := &progress{to: os.Stderr}
	whole := errors.New("the log is read")
	err = reader.Follow(ctx, kafka.Following{Wants: auditstream.Wants, Each: 100 * time.Millisecond}, func(b *kafka.Batch) error {
		for i := range b.Records {
			if err := a.Observe(auditstream.Record(&b.Records[i])); err != nil {
				return err
			}
		}
		a.Advance(b.Read)
		progress.show(b.Done, b.All, b.Whole)
		if b.Whole {
			return whole
		}
		return nil
	})
	if !errors.Is(err, whole) {
		return nil, err
	}
	account.Watermark, account.Tallies, account.Violations = a.Watermark(), a.Tallies(), a.Violations()
	return account, nil
}

// progress tells how far a long reading is, on one line.
type progress struct {
	to   io.Writer
	last time.Time
}

func (p *progress) show(done, all int64, end bool) {
	if !end && time.Since(p.last) < time.Second/2 {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.to, "\rread %d of %d records", done, all)
	if end {
		fmt.Fprintln(p.to)
	}
}

// report prints an account; violations are an error.
func report(account *auditstream.Account, to *remote) error {
	asJSON, err := to.asJSON()
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(account)
	} else {
		err = printAccount(account)
	}
	if n := len(account.Violations); err == nil && n > 0 {
		return fmt.Errorf("%d violations", n)
	}
	return err
}

func printAccount(account *auditstream.Account) error {
	if account.Partial {
		fmt.Println("The log does not begin with the installation: items, and orders from before it, are not judged.")
	}
	rows := [][]string{{"INVARIANT", "CHECKED", "WAITING", "OLDEST", "VIOLATED", "WHAT MUST HOLD"}}
	for _, t := range account.Tallies {
		oldest := "-"
		if !t.Oldest.IsZero() {
			oldest = max(0, account.Watermark.Sub(t.Oldest)).Round(time.Second).String()
		}
		rows = append(rows, []string{
			string(t.Invariant), strconv.FormatInt(t.Checked, 10), strconv.FormatInt(t.Waiting, 10), oldest, strconv.FormatInt(t.Violated, 10), t.Invariant.Meaning(),
		})
	}
	if err := printTable(rows...); err != nil {
		return err
	}
	for i := range account.Violations {
		printViolation(&account.Violations[i])
	}
	return nil
}

func printViolation(v *audit.Violation) {
	fmt.Printf("\n%s of %s\n  expected  %s\n  seen      %s\n", v.Invariant, v.Key, v.Expected, v.Seen)
	for n, p := range v.Records {
		label := "records   "
		if n > 0 {
			label = "          "
		}
		fmt.Printf("  %s%s\n", label, p)
	}
}

// watchEach is how often the auditor of a server is asked.
const watchEach = time.Second

// watchAudit prints the account of a server's auditor, then every violation that
// it finds.
func watchAudit(ctx context.Context, to *remote) error {
	told := make(map[string]bool)
	for first := true; ctx.Err() == nil; first = false {
		var account auditstream.Account
		if err := to.get(ctx, "/v1/audit", &account); err != nil {
			return err
		}
		if first {
			if err := printAccount(&account); err != nil {
				return err
			}
		}
		for n := len(account.Violations) - 1; n >= 0; n-- {
			if v := &account.Violations[n]; !told[v.ID] {
				told[v.ID] = true
				if !first {
					printViolation(v)
				}
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchEach):
		}
	}
	return nil
}
