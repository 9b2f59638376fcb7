// Command millrace is the server and the tool: `millrace dev` runs everything in
// one process on embedded neighbours, `millrace run` runs chosen rooms on a real
// Kafka, registry and Redis, and the other commands speak to a running server.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/lifecycle"
)

// Exit codes, after sysexits(3) where it has one.
const (
	exitFailure     = 1
	exitUsage       = 64
	exitUnavailable = 69
)

// usageError is a fault in how the command was called.
type usageError struct{ error }

func main() {
	ctx, stop := lifecycle.UntilSignal(context.Background())
	defer stop()
	err := command().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "millrace:", err)
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	var usage usageError
	var down unreachableError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &down):
		return exitUnavailable
	}
	return exitFailure
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "millrace",
		Short:         "Carries orders, stock, shipments and invoices between an ERP and everything that sells or ships",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var to remote
	root.PersistentFlags().StringVar(&to.server, "server", "http://127.0.0.1:8080", "address of the server that commands speak to")
	root.PersistentFlags().StringVarP(&to.output, "output", "o", "table", "table or json")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(simCommand(&to), devCommand(), runCommand(), ordersCommand(&to), returnsCommand(&to), topicsCommand(&to), tapCommand(&to), replayCommand(&to), booksCommand(&to), flowCommand(), streamsCommand(), benchCommand(), sourcingCommand(&to), baselineCommand(&to), auditCommand(&to), crossrefCommand(&to), stockCommand(&to))
	return root
}
