package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/platform/webhook"
)

// sign gives the carriers a secret of their own, since none is set for a demonstration.
func (t *twins) sign() error {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("making the carriers' secret: %w", err)
	}
	path := filepath.Join(t.dir, "carriers.secret")
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return fmt.Errorf("making the twins' folder: %w", err)
	}
	if err := os.WriteFile(path, []byte("whsec_"+base64.StdEncoding.EncodeToString(secret)), 0o600); err != nil {
		return fmt.Errorf("keeping the carriers' secret: %w", err)
	}
	t.partners = slices.Clone(t.partners)
	for n, p := range t.partners {
		if p.Scans != nil {
			own := *p.Scans
			own.Secrets = []string{"file:" + path}
			t.partners[n].Scans = &own
		}
	}
	return nil
}

// carriers is the twin of the carriers that bring what the twins ship, and tell the
// server, like anybody else would.
func (t *twins) carriers(server string) (lifecycle.Part, error) {
	at := slices.IndexFunc(t.partners, func(p partner.Config) bool { return p.Scans != nil })
	p := t.partners[at]
	client := webhook.NewClient(webhook.Endpoint{URL: server + "/v1/carriers/" + p.ID + "/scans", Private: true, Secrets: signers(p.Scans.Secrets)})
	twin, err := sandbox.NewCarrier(sandbox.CarrierOptions{Places: t.Nodes, Dir: t.dir, Profile: t.profile, Tell: func(ctx context.Context, id string, body []byte) error {
		return client.Send(ctx, id, time.Now(), body)
	}})
	if err != nil {
		return lifecycle.Part{}, err
	}
	return lifecycle.Part{Name: "carriers", Run: func(ctx context.Context, ready func()) error {
		ready()
		return twin.Run(ctx)
	}}, nil
}
