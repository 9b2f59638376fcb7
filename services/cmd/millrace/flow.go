package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
)

//go:generate go run . flow --into ../../../README.md

// The marks in a file between which the picture stands.
const (
	flowBegin = "<!-- flow -->\n"
	flowEnd   = "<!-- /flow -->\n"
)

func flowCommand() *cobra.Command {
	var into string
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Draw how events flow between the rooms, as a Mermaid chart",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			picture, err := flow()
			if err != nil {
				return err
			}
			if into == "" {
				fmt.Print(picture)
				return nil
			}
			return insert(into, "```mermaid\n"+picture+"```\n")
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "file that gets the chart, between the lines "+strings.TrimSpace(flowBegin)+" and "+strings.TrimSpace(flowEnd))
	return cmd
}

// flow draws the topologies of all targets.
func flow() (string, error) {
	p := &process{
		settings: settings{targets: append(target.Names(), targetConnectors), partners: partner.Shipped()},
		schemas:  codec.NewMemory(), log: zerolog.Nop(), metrics: prometheus.NewRegistry(),
	}
	topologies, err := p.wire()
	if err != nil {
		return "", err
	}
	descriptions := []streams.Description{{App: "channels", Entities: []streams.EntityDescription{{
		Name: "edge", Outputs: []string{topic.OrderSubmit.Name, topic.OrderCancel.Name, topic.OrderAmend.Name, topic.OrderReserve.Name, topic.InventoryCommand.Name, topic.PartnerRun.Name},
	}}}}
	for _, t := range topologies {
		descriptions = append(descriptions, t.Describe())
	}
	return streams.Mermaid(func(topic string) string { return strings.TrimSuffix(topic, ".v1") }, descriptions...), nil
}

// insert puts text between the marks of a file.
func insert(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	before, rest, begun := bytes.Cut(old, []byte(flowBegin))
	_, after, ended := bytes.Cut(rest, []byte(flowEnd))
	if !begun || !ended {
		return fmt.Errorf("%s has no lines %s and %s to put the chart between", path, strings.TrimSpace(flowBegin), strings.TrimSpace(flowEnd))
	}
	whole := string(before) + flowBegin + text + flowEnd + string(after)
	if whole == string(old) {
		return nil
	}
	if err := os.WriteFile(path, []byte(whole), 0o644); err != nil { //nolint:gosec // a document for everybody
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
