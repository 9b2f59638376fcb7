package broker

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

func TestTransactionsEndAsTheirCoordinatorDecided(t *testing.T) {
	const epoch = 7 // of the records
	for _, c := range []struct {
		state string
		epoch int16 // of the coordinator
		want  ending
	}{
		{"CompleteCommit", 8, toCommit},
		{"CompleteAbort", 8, toAbort},
		{"CompleteCommit", 9, toCommit}, // of a later transaction: this one was committed
		{"CompleteAbort", 9, toCommit},
		{"Ongoing", 8, toCommit},
		{"Ongoing", 7, underWay},
		{"CompleteCommit", 7, underWay}, // it began since
		{"PrepareAbort", 8, underWay},
		{"Empty", 7, underWay},
		{"Empty", 9, notKnown}, // the id was given anew by somebody who did not mend
		{"Dead", 8, notKnown},
	} {
		t.Run(fmt.Sprint(c.state, c.epoch), func(t *testing.T) {
			last := kadm.DescribedTransaction{State: c.state, ProducerEpoch: c.epoch}
			if got := decide(last, kadm.DescribedProducer{ProducerEpoch: epoch}); got != c.want {
				t.Errorf("ending %d, want %d", got, c.want)
			}
		})
	}
	if got := decide(kadm.DescribedTransaction{State: "CompleteCommit"}, kadm.DescribedProducer{ProducerEpoch: 32767}); got != notKnown {
		t.Errorf("ending %d; a marker has no epoch behind the last one", got)
	}
}
