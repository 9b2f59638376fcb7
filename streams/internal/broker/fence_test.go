package broker

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

func TestDecisionIsThatOfTheCoordinator(t *testing.T) {
	const epoch = 7 // of the records
	for _, c := range []struct {
		state  string
		epoch  int16 // of the coordinator
		commit bool
		ok     bool
	}{
		{"CompleteCommit", 8, true, true},
		{"CompleteAbort", 8, false, true},
		{"Ongoing", 7, false, true},
		{"CompleteCommit", 9, false, false}, // that of a later transaction
		{"Ongoing", 8, false, false},
		{"Empty", 8, false, false},
		{"Dead", 8, false, false},
	} {
		t.Run(fmt.Sprint(c.state, c.epoch), func(t *testing.T) {
			last := kadm.DescribedTransaction{State: c.state, ProducerEpoch: c.epoch}
			commit, next, ok := decision(last, kadm.DescribedProducer{ProducerEpoch: epoch})
			if ok != c.ok || ok && (commit != c.commit || next != epoch+1) {
				t.Errorf("commit %t with epoch %d, known %t; want %t with %d, %t", commit, next, ok, c.commit, epoch+1, c.ok)
			}
		})
	}
	if _, _, ok := decision(kadm.DescribedTransaction{State: "CompleteCommit"}, kadm.DescribedProducer{ProducerEpoch: 32767}); ok {
		t.Error("a marker has no epoch behind the last one")
	}
}

// The expected numbers are those of kafka.coordinator.group's partitionFor, which
// is Java's String.hashCode without its sign.
func TestOffsetsPartitionIsThatOfTheBroker(t *testing.T) {
	for group, want := range map[string]int32{"a": 97 % 50, "ab": (97*31 + 98) % 50, "": 0, "polygenelubricants": 0} {
		if got := offsetsPartition(group, 50); got != want {
			t.Errorf("group %q is in partition %d, want %d", group, got, want)
		}
	}
}
