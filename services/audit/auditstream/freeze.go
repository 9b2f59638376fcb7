package auditstream

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

const (
	// byAuditor signs what the auditor freezes by itself.
	byAuditor = "auditor"
	// maxFreezes bounds what it freezes in an hour: when more than that does not add
	// up, it is not an item or an order that is wrong, and a person decides.
	maxFreezes  = 20
	freezesEach = time.Hour
	maxText     = 200
)

// Freeze is a word about whether an item or an order may go on, as a person sends it.
type Freeze struct {
	Frozen *bool  `json:"frozen"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// freezer writes what is frozen and thawed. The rooms of stock and orders obey.
type freezer struct {
	write  func(ctx context.Context, topic, key string, value []byte) (partition int32, offset int64, err error)
	skus   *codec.Codec[event.InventoryFreeze]
	orders *codec.Codec[event.OrderFreeze]
	own    []time.Time // when the auditor froze something itself, the newest last
}

func newFreezer(config *Config) freezer {
	return freezer{
		write: config.Write, skus: codec.Of[event.InventoryFreeze](config.Schemas, topic.InventoryFreeze), orders: codec.Of[event.OrderFreeze](config.Schemas, topic.OrderFreeze),
	}
}

// say writes a word about a subject.
func (f *freezer) say(ctx context.Context, kind audit.Subject, subject string, frozen bool, by, reason, violation string) error {
	now := time.Now()
	var name string
	var value []byte
	var err error
	switch kind {
	case audit.SubjectSKU:
		name = topic.InventoryFreeze.Name
		value, err = f.skus.Append(nil, &event.InventoryFreeze{Sku: subject, Frozen: frozen, By: by, Reason: reason, ViolationID: violation, At: now})
	case audit.SubjectOrder:
		name = topic.OrderFreeze.Name
		value, err = f.orders.Append(nil, &event.OrderFreeze{OrderID: subject, Frozen: frozen, By: by, Reason: reason, ViolationID: violation, At: now})
	default:
		return fmt.Errorf("freezing %q: only an item (%s) or an order (%s) can be frozen", subject, audit.SubjectSKU, audit.SubjectOrder)
	}
	if err == nil {
		_, _, err = f.write(ctx, name, subject, value)
	}
	if err != nil {
		return fmt.Errorf("writing whether %s %s is frozen: %w", kind, subject, err)
	}
	return nil
}

// may says whether the auditor may freeze one more by itself.
func (f *freezer) may(now time.Time) bool {
	f.own = slices.DeleteFunc(f.own, func(at time.Time) bool { return now.Sub(at) >= freezesEach })
	if len(f.own) >= maxFreezes {
		return false
	}
	f.own = append(f.own, now)
	return true
}

// freeze freezes what a violation is about, if the installation wants that. Said
// again because of the same violation, it changes nothing.
func (r *Room) freeze(ctx context.Context, v *audit.Violation) error {
	kind := v.Invariant.Subject()
	if kind == audit.SubjectOther || !slices.Contains(r.config.Freeze, v.Invariant) {
		return nil
	}
	if !r.freezer.may(time.Now()) {
		r.config.Logger.Error().Str("violation", v.ID).Str("key", v.Key).Int("in_an_hour", maxFreezes).Msg("too much does not add up: nothing more is frozen, look at what all of it has in common")
		return nil
	}
	return r.freezer.say(ctx, kind, v.Key, true, byAuditor, string(v.Invariant)+", "+v.Invariant.Meaning()+", does not hold", v.ID)
}

// setFreeze writes a person's word: 202, since who owns the subject takes it.
func (r *Room) setFreeze(w http.ResponseWriter, req *http.Request) {
	var in Freeze
	if err := httpd.DecodeRequest(req, &in); err != nil {
		httpd.WriteError(w, req, err)
		return
	}
	kind, subject := audit.Subject(req.PathValue("kind")), req.PathValue("subject")
	if fields := in.faults(kind, subject); len(fields) > 0 {
		httpd.WriteError(w, req, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The request has fields that cannot be accepted.").WithErrors(fields...))
		return
	}
	if err := r.freezer.say(req.Context(), kind, subject, *in.Frozen, in.By, in.Reason, ""); err != nil {
		httpd.WriteError(w, req, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// faults lists what is wrong with a word about a subject.
func (f *Freeze) faults(kind audit.Subject, subject string) (fields []httpd.Field) {
	wrong := func(pointer, detail string) {
		fields = append(fields, httpd.Field{Pointer: pointer, Code: httpd.CodeRange, Detail: detail})
	}
	switch {
	case kind != audit.SubjectSKU && kind != audit.SubjectOrder, subject == "", len(subject) > maxText:
		wrong("/subject", "An item is sku/NUMBER and an order order/ID, of at most 200 bytes.")
	case kind == audit.SubjectOrder && uuid.Validate(subject) != nil:
		wrong("/subject", "The id of an order is a UUID.")
	}
	if f.Frozen == nil {
		wrong("/frozen", "Say true to freeze and false to thaw.")
	}
	for _, text := range []struct{ pointer, said string }{{"/by", f.By}, {"/reason", f.Reason}} {
		if text.said == "" || len(text.said) > maxText {
			wrong(text.pointer, "It is needed, and bounded at 200 bytes: others will ask who did this and why.")
		}
	}
	return fields
}
