package streams

import (
	"context"
	"fmt"
)

// damageable is a store that can be spoilt by its disk.
type damageable interface {
	Damaged() <-chan struct{}
	Err() error
}

// endIfDamaged returns an error as soon as the store has met damage. Nothing of
// this process can go on then: the next one puts the files aside and fills an
// empty store from the changelogs. Tasks are not given back in order, for that
// would want the store.
func (a *App) endIfDamaged(ctx context.Context) error {
	disk, ok := a.store.(damageable)
	if !ok {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case <-disk.Damaged():
	}
	for _, name := range a.names {
		a.runtimes[name].Kill()
	}
	return fmt.Errorf("keeping state: %w", disk.Err())
}
