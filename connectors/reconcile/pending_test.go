package reconcile

import "testing"

func TestWhatIsUnfinishedExplainsADifferenceAndNoDocumentTwice(t *testing.T) {
	rows := []Row{
		{Twin: "erp", What: "units shipped", Cause: Unexplained},
		{Twin: "north", What: "units on hand", Cause: Unexplained},
		{Twin: "north", What: documents, Cause: Unexplained},
		{Twin: "bank", What: "captured EUR"},
		{Twin: "south", What: "units on hand", Cause: "2 orders that have not left"},
	}
	causes := func(p Pending) (all []string) {
		for _, r := range Explain(rows, p) {
			all = append(all, r.Cause)
		}
		return all
	}
	for n, c := range []struct {
		pending Pending
		want    [2]string
	}{
		{Pending{}, [2]string{Unexplained, Unexplained}},
		{Pending{Calls: map[string]int64{"erp": 2}, Records: 7}, [2]string{"2 calls to erp wait or are under way", "2 calls to partners wait or are under way"}},
		{Pending{Calls: map[string]int64{"erp": 0}, Records: 7}, [2]string{"7 records that our rooms have not handled", "7 records that our rooms have not handled"}},
		{Pending{Calls: map[string]int64{"erp": 1}}.Most(Pending{Calls: map[string]int64{"north": 3}}), [2]string{"1 calls to erp wait or are under way", "3 calls to north wait or are under way"}},
	} {
		got := causes(c.pending)
		if got[0] != c.want[0] || got[1] != c.want[1] || got[2] != Unexplained || got[3] != "" || got[4] != "2 orders that have not left" {
			t.Errorf("case %d: %q", n, got)
		}
	}
	if rows[0].Cause != Unexplained {
		t.Error("the rows that were given are changed")
	}
}
