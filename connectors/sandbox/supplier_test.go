package sandbox

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func startSupplier(t *testing.T, opts Options) *Supplier {
	t.Helper()
	opts.Name = "works"
	s, err := StartSupplier(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *Supplier) stocked(t *testing.T, number, article string, pieces int64) {
	t.Helper()
	if code := call(t, "POST", s.URL()+"/stock-changes", number, supplierChange{Number: number, Article: article, Pieces: pieces}, nil); code != http.StatusCreated {
		t.Fatalf("changing stock: %d", code)
	}
}

// said reads the feed until a purchase order got a word.
func (s *Supplier) said(t *testing.T, no, word string) supplierEvent {
	t.Helper()
	var after int64
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var page struct{ Events []supplierEvent }
		call(t, "GET", s.URL()+"/events?wait=1s&after="+strconv.FormatInt(after, 10), "", nil, &page)
		for _, e := range page.Events {
			if after = e.Seq; e.PONumber == no && e.Type == word {
				return e
			}
		}
	}
	t.Fatalf("%s never was %s", no, word)
	return supplierEvent{}
}

func TestASupplierDecidesByWhatItHasFreeAndItsCountLeavesThatOut(t *testing.T) {
	s := startSupplier(t, Options{})
	s.stocked(t, "C1", "tea", 10)
	buy := func(no string, pieces int64) int {
		return call(t, "POST", s.URL()+"/purchase-orders", no, supplierOrder{PONumber: no, Customer: "O1", Items: []supplierPosition{{Position: "1", Article: "tea", Pieces: pieces}}}, nil)
	}
	if code := buy("P1", 7); code != http.StatusCreated {
		t.Fatalf("first purchase %d", code)
	}
	whole := s.said(t, "P1", "Confirmed")
	if free := s.Free(); free.Seq < whole.Seq || free.Articles[0].Free != 3 {
		t.Errorf("free %+v after %+v", free, whole)
	}
	if code := buy("P1", 7); code != http.StatusOK {
		t.Errorf("the same document again: %d", code)
	}
	if code := buy("P1", 8); code != http.StatusConflict {
		t.Errorf("another document under the number: %d", code)
	}
	buy("P2", 5)
	if e := s.said(t, "P2", "PartlyConfirmed"); e.Items[0].Pieces != 3 || e.Items[0].Declined != 2 || e.Items[0].Reason == "" {
		t.Errorf("part %+v", e)
	}
	buy("P3", 1)
	if e := s.said(t, "P3", "Declined"); e.Items[0].Pieces != 0 || e.Items[0].Declined != 1 {
		t.Errorf("refusal %+v", e)
	}
	s.said(t, "P3", "Withdrawn")
	if e := s.said(t, "P2", "Dispatched"); e.Items[0].Pieces != 3 {
		t.Errorf("dispatched %+v", e)
	}
}

func TestASupplierStopsWhatIsNotPackedAndItsGoodsAreFreeAgain(t *testing.T) {
	slow := Quick
	slow.Name, slow.MaxStep = "slow", time.Hour
	s := startSupplier(t, Options{Profile: slow})
	s.stocked(t, "C1", "tea", 4)
	call(t, "POST", s.URL()+"/purchase-orders", "P1", supplierOrder{PONumber: "P1", Customer: "O1", Items: []supplierPosition{{Position: "1", Article: "tea", Pieces: 4}}}, nil)
	if code := call(t, "POST", s.URL()+"/purchase-orders/P1/cancel", "P1/cancel", struct{}{}, nil); code != http.StatusOK {
		t.Fatalf("cancel %d", code)
	}
	s.said(t, "P1", "Withdrawn")
	if free := s.Free(); free.Articles[0].Free != 4 {
		t.Errorf("free %+v", free)
	}
}
