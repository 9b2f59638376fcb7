package availability_test

import (
	"testing"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/cachetest"
)

func TestMemoryIsACache(t *testing.T) {
	cachetest.Run(t, func(*testing.T) availability.Cache { return new(availability.Memory) })
}
