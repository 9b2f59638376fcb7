package diskcache_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/cachetest"
	"github.com/millrace/millrace/services/availability/diskcache"
)

func open(t *testing.T, dir string) *diskcache.Cache {
	c, err := diskcache.Open(dir, zerolog.New(zerolog.NewTestWriter(t)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDiskIsACache(t *testing.T) {
	cachetest.Run(t, func(t *testing.T) availability.Cache {
		c := open(t, t.TempDir())
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
		return c
	})
}

func TestRowsAreThereWhenTheFolderIsOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	if err := c.Fill(t.Context(), slices.Values([]availability.Row{cachetest.Row("lamp", 3, 5), cachetest.Row("sofa", 1)})); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir)
	defer c.Close()
	var skus []string
	for row := range c.All() {
		skus = append(skus, row.SKU)
	}
	rows, whole, err := c.Get(t.Context(), "lamp")
	if err != nil || !whole || rows[0].Version != 3 || !slices.Equal(skus, []string{"lamp", "sofa"}) {
		t.Errorf("%v %+v whole %v, %v", skus, rows, whole, err)
	}
	if err := c.Reset(); err != nil {
		t.Fatal(err)
	}
	if rows, whole, err = c.Get(t.Context(), "lamp"); err != nil || whole || rows[0].Version != 0 {
		t.Errorf("after a reset %+v whole %v, %v", rows, whole, err)
	}
}

func TestADamagedFolderIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	marks, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	if err != nil || len(marks) == 0 {
		t.Fatal(marks, err)
	}
	for _, mark := range marks {
		if err := os.WriteFile(mark, []byte("damage"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, dir)
	defer c.Close()
	if _, err := c.Put(t.Context(), cachetest.Row("lamp", 1, 1)); err != nil {
		t.Error(err)
	}
}
