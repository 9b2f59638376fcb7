package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/catalogue/cataloguehttp"
)

func crossrefCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{Use: "crossref", Short: "Say what partners' ids mean with us"}
	cmd.AddCommand(crossrefListCommand(to), crossrefUnmappedCommand(to), crossrefSuggestCommand(to), crossrefMapCommand(to))
	return cmd
}

func crossrefListCommand(to *remote) *cobra.Command {
	q := make(url.Values)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what partners' ids mean",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range []string{"partner", "kind"} {
				q.Set(name, cmd.Flag(name).Value.String())
			}
			var page struct {
				Crossrefs []cataloguehttp.Crossref `json:"crossrefs"`
			}
			return show(cmd, to, "/v1/crossrefs?"+q.Encode(), &page, func() (any, [][]string) {
				rows := [][]string{{"PARTNER", "KIND", "THEIRS", "OURS", "BY", "VERSION"}}
				for _, c := range page.Crossrefs {
					rows = append(rows, []string{c.Partner, c.Kind, c.TheirID, c.OurID, c.By, strconv.FormatInt(c.Version, 10)})
				}
				return page.Crossrefs, rows
			})
		},
	}
	cmd.Flags().String("partner", "", "those of one partner only")
	cmd.Flags().String("kind", "", "those of one kind only: item, customer, ship_to, node, service, unit, reason")
	return cmd
}

func crossrefUnmappedCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "unmapped",
		Short: "List the ids for which orders wait, with what each may mean",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var page struct {
				Unmapped []cataloguehttp.Unmapped `json:"unmapped"`
			}
			return show(cmd, to, "/v1/crossrefs/unmapped", &page, func() (any, [][]string) {
				rows := [][]string{{"PARTNER", "THEIRS", "NAME", "ORDERS", "WORTH", "SINCE", "MAY BE"}}
				for _, u := range page.Unmapped {
					var worth, may []string
					for _, w := range u.Worth {
						worth = append(worth, w.Amount+" "+w.Currency)
					}
					for _, c := range u.Candidates {
						may = append(may, fmt.Sprintf("%s (%s %d)", c.SKU, c.Why, c.Score))
					}
					rows = append(rows, []string{
						u.Partner, u.TheirID, u.Name, strconv.FormatInt(u.Orders, 10), strings.Join(worth, " + "), u.Since.Format(time.RFC3339), strings.Join(may, ", "),
					})
				}
				return page.Unmapped, rows
			})
		},
	}
}

func crossrefSuggestCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "suggest THEIRS",
		Short:   "Propose the items that a partner's number may mean",
		Example: `  millrace crossref suggest B7 --name "hex bolt M8x60"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := url.Values{"their_id": {args[0]}, "partner": {cmd.Flag("partner").Value.String()}, "name": {cmd.Flag("name").Value.String()}, "barcode": {cmd.Flag("barcode").Value.String()}}
			var page struct {
				Candidates []cataloguehttp.Candidate `json:"candidates"`
			}
			return show(cmd, to, "/v1/crossrefs/candidates?"+q.Encode(), &page, func() (any, [][]string) {
				rows := [][]string{{"ITEM", "NAME", "WHY", "SCORE"}}
				for _, c := range page.Candidates {
					rows = append(rows, []string{c.SKU, c.Name, c.Why, strconv.Itoa(c.Score)})
				}
				return page.Candidates, rows
			})
		},
	}
	cmd.Flags().String("partner", "", "whose number it is; what it meant before is proposed too")
	cmd.Flags().String("name", "", "what the partner calls it")
	cmd.Flags().String("barcode", "", "the barcode on it")
	return cmd
}

// show prints what a path answers, as JSON or as a table.
func show(cmd *cobra.Command, to *remote, path string, dst any, view func() (any, [][]string)) error {
	asJSON, err := to.asJSON()
	if err != nil {
		return err
	}
	if err := to.get(cmd.Context(), path, dst); err != nil {
		return err
	}
	value, rows := view()
	if asJSON {
		return printJSON(value)
	}
	return printTable(rows...)
}

func crossrefMapCommand(to *remote) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:     "map PARTNER KIND THEIRS OURS",
		Short:   "Decide what a partner's id means",
		Example: "  millrace crossref map shop item B7 WS-1002",
		Args:    cobra.ExactArgs(4),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := json.Marshal(map[string]string{"our_id": args[3], "by": by})
			if err != nil {
				return err
			}
			path := "/v1/crossrefs/" + url.PathEscape(args[0]) + "/" + url.PathEscape(args[1]) + "/" + url.PathEscape(args[2])
			answer, err := to.open(cmd.Context(), http.MethodPut, path, bytes.NewReader(body), http.Header{"Content-Type": {"application/json"}})
			if err != nil {
				return err
			}
			return answer.Close()
		},
	}
	signed(cmd, &by)
	return cmd
}
