package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/auditstream"
)

// freezing are the invariants that are named, each of which has a subject that can be
// frozen.
func freezing(names []string) ([]audit.Invariant, error) {
	var all []audit.Invariant
	for _, name := range names {
		i := audit.Invariant(name)
		if !slices.Contains(audit.Invariants, i) || i.Subject() == audit.SubjectOther {
			return nil, fmt.Errorf("audit.freeze: %q is no invariant about an item or an order; `millrace audit` lists them, and I1 to I3 are about items, O1 to O3, M1, K3 and A1 about orders", name)
		}
		all = append(all, i)
	}
	return all, nil
}

func freezeCommand(to *remote, frozen bool) *cobra.Command {
	var by, reason string
	name, short := "thaw", "Let an item or an order go on that was frozen"
	if frozen {
		name, short = "freeze", "Have nothing of an item granted, or nothing done for an order, until it is thawed"
	}
	cmd := &cobra.Command{
		Use:     name + " sku/NUMBER|order/ID",
		Short:   short,
		Example: "  millrace audit " + name + ` sku/WS-1002 --reason "counted twice"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, subject, whole := strings.Cut(args[0], "/")
			if !whole || reason == "" {
				return usageError{fmt.Errorf("want sku/NUMBER or order/ID, and --reason; got %q and %q", args[0], reason)}
			}
			body, err := json.Marshal(auditstream.Freeze{Frozen: &frozen, By: by, Reason: reason})
			if err != nil {
				return err
			}
			answer, err := to.open(cmd.Context(), http.MethodPut, "/v1/audit/freezes/"+url.PathEscape(kind)+"/"+url.PathEscape(subject), bytes.NewReader(body), http.Header{"Content-Type": {"application/json"}})
			if err != nil {
				return err
			}
			return answer.Close()
		},
	}
	signed(cmd, &by)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for those who read it later")
	return cmd
}
