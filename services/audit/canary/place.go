package canary

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	timeout    = 30 * time.Second
	maxRefusal = 500 // bytes of a refusal kept in an error
)

// place posts the order of a number; the same number is the same order.
func (c *Canary) place(ctx context.Context, number string) error {
	o := &c.config
	body, err := json.Marshal(map[string]any{
		"channel": o.Channel, "external_id": number, "currency": o.Currency,
		"customer": map[string]string{"id": o.Customer, "country": o.Country},
		"lines":    []any{map[string]any{"sku": o.SKU, "quantity": 1, "unit_price": o.Price}},
	})
	if err != nil {
		return fmt.Errorf("writing order %s: %w", number, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(o.Server, "/")+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making the request of order %s: %w", number, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Millrace canary")
	request.Header.Set("Idempotency-Key", o.Channel+":"+number)
	answer, err := c.client.Do(request)
	if err != nil {
		return fmt.Errorf("posting order %s: %w", number, err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, maxRefusal))
	switch {
	case answer.StatusCode/100 == 2:
		return nil
	case err != nil:
		return fmt.Errorf("reading the answer %d to order %s: %w", answer.StatusCode, number, err)
	}
	return fmt.Errorf("posting order %s: the server answered %d: %s", number, answer.StatusCode, strings.ToValidUTF8(string(said), "?"))
}
