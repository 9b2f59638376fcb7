package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/streams"
)

// Document is what a partner made of a call.
type Document struct {
	Partner  string
	EffectID string // the idempotency key it came under
	Request  string
	Calls    int // how often it was asked for
}

// partners are the systems outside that the whole fleet calls. They honour the
// idempotency key: a repeated id gives the document that is there.
type partners struct {
	mu        sync.Mutex
	documents map[string]*Document // by partner, effect id
	order     []*Document
	down      int
	silent    int // calls left that are done and not answered
	slow      time.Duration
	calls     atomic.Int64
}

// callTime is what a call takes.
const callTime = 30 * time.Millisecond

// errPartner is a failure that a later try may not meet.
var errPartner = errors.New("partner is away")

// call is made by a process. The dead reach nobody, the frozen wait.
func (p *partners) call(ctx context.Context, l *life, partner, request string) (string, error) {
	l.link.Await()
	if err := pause(ctx, callTime+p.delay()); err != nil {
		return "", err
	}
	l.link.Await()
	if l.dead.Load() {
		return "", errPartner
	}
	p.calls.Add(1)
	document, silent, err := p.make(partner, streams.EffectID(ctx), request)
	if err != nil {
		return "", err
	}
	if silent {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return document, nil
}

func (p *partners) make(partner, id, request string) (document string, silent bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down > 0 {
		return "", false, errPartner
	}
	d := p.documents[partner+"/"+id]
	if d == nil {
		d = &Document{Partner: partner, EffectID: id, Request: request}
		p.documents[partner+"/"+id] = d
		p.order = append(p.order, d)
	}
	d.Calls++
	if p.silent > 0 {
		p.silent--
		return "", true, nil
	}
	return fmt.Sprintf("document of %s", d.Request), false, nil
}

func (p *partners) delay() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slow
}

func (p *partners) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// list returns copies of all documents, oldest first.
func (p *partners) list() []Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Document, len(p.order))
	for i, d := range p.order {
		list[i] = *d
	}
	return list
}

// pause waits for d, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
