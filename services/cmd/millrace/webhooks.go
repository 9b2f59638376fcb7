package main

import (
	"fmt"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilityhook"
)

// webhooks are the endpoints that partner files describe: a channel is told what its
// buyers can be promised at the nodes that ship for it.
func webhooks(partners []partner.Config) availabilityhook.Config {
	config := availabilityhook.Config{Settled: connector.TellSettled[event.AvailabilityItemRecord]}
	for _, c := range partners {
		switch {
		case c.Webhook == nil:
		case c.Webhook.State == partner.WebhookRetired:
			config.Retired = append(config.Retired, c.ID)
		default:
			client := webhook.NewClient(webhook.Endpoint{URL: c.Webhook.URL, Secrets: signers(c.Webhook.Secrets), Private: c.Webhook.Private})
			config.Endpoints = append(config.Endpoints, availabilityhook.Endpoint{
				ID: c.ID, Channel: c.ID, View: availability.View{Locations: c.Sells.Nodes, Bought: true, Channel: c.ID},
				Send: client.Send, Paused: c.Webhook.State == partner.WebhookPaused,
				PerSecond: c.Limits.PerSecond, Concurrent: c.Limits.Concurrent, Timeout: c.Limits.Timeout,
			})
		}
	}
	return config
}

// signers reads the secrets that references name, at each call.
func signers(refs []string) func() ([]webhook.Secret, error) {
	return func() ([]webhook.Secret, error) {
		secrets := make([]webhook.Secret, len(refs))
		for i, ref := range refs {
			text, err := partner.Reveal(ref)
			if err == nil {
				secrets[i], err = webhook.ParseSecret(text)
			}
			if err != nil {
				return nil, fmt.Errorf("reading the secret %s: %w", ref, err)
			}
		}
		return secrets, nil
	}
}
