package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/tap/taphttp"
)

func topicsCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "topics",
		Short: "List the topics: what they say, who owns them, how much they hold",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			var answer struct {
				Topics []taphttp.Topic `json:"topics"`
			}
			if err := to.get(cmd.Context(), "/v1/topics", &answer); err != nil {
				return err
			}
			if asJSON {
				return printJSON(answer.Topics)
			}
			rows := [][]string{{"TOPIC", "KIND", "KEY", "OWNER", "PARTITIONS", "RECORDS", "KEPT"}}
			for _, t := range answer.Topics {
				kept := t.Retention
				if kept == "" {
					kept = "latest of each key"
				}
				rows = append(rows, []string{t.Name, t.Kind, t.Key, t.Owner, strconv.Itoa(t.Partitions), strconv.FormatInt(t.Records, 10), kept})
			}
			return printTable(rows...)
		},
	}
}

func tapCommand(to *remote) *cobra.Command {
	var since, key string
	var limit int
	var follow bool
	cmd := &cobra.Command{
		Use:   "tap TOPIC",
		Short: "Print a topic's records as JSON lines",
		Long: "Prints the committed records of a topic, decoded, one JSON object a line: topic, partition, offset,\n" +
			"timestamp, key, headers, value. Ends at what the topic holds now, unless --follow is given.",
		Example: "  millrace tap order.accepted.v1 --limit 3\n  millrace tap shipment.confirmed.v1 --since latest --follow\n  millrace tap webhook.status.v1 --key WS-1001   # what channels were told of an item",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{"since": {since}, "follow": {strconv.FormatBool(follow)}}
			if limit > 0 {
				query.Set("limit", strconv.Itoa(limit))
			}
			if key != "" {
				query.Set("key", key)
			}
			body, err := to.open(cmd.Context(), http.MethodGet, "/v1/events/"+url.PathEscape(args[0])+"?"+query.Encode(), nil, nil)
			if err != nil {
				return err
			}
			defer body.Close()
			if err := copyLines(os.Stdout, body); err != nil && cmd.Context().Err() == nil {
				return fmt.Errorf("reading %s: %w", args[0], err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&since, "since", "earliest", "earliest, latest, or a duration such as 15m")
	cmd.Flags().IntVar(&limit, "limit", 0, "end after so many records; 0 is no limit")
	cmd.Flags().StringVar(&key, "key", "", "only records with this key")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what comes")
	return cmd
}

// copyLines copies JSON lines, each as soon as it is whole.
func copyLines(dst io.Writer, src io.Reader) error {
	dec := json.NewDecoder(bufio.NewReader(src))
	for {
		var line json.RawMessage
		if err := dec.Decode(&line); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		if _, err := fmt.Fprintf(dst, "%s\n", line); err != nil {
			return err
		}
	}
}
