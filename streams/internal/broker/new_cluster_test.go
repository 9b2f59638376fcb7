package broker

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The first topology on a new cluster finds no coordinator: Kafka makes them when
// somebody asks. That is no reason to refuse its start.
func TestGroupsOfANewClusterAreNoReasonToRefuseAStart(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	asked := 0
	fake.ControlKey(int16(kmsg.FindCoordinator), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		asked++
		resp := kreq.ResponseKind().(*kmsg.FindCoordinatorResponse)
		c := kmsg.NewFindCoordinatorResponseCoordinator()
		c.Key, c.ErrorCode = "app", kerr.CoordinatorNotAvailable.Code
		resp.Coordinators = append(resp.Coordinators, c)
		return resp, nil, true
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.RetryTimeout(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	if has, err := groupRights(t.Context(), cl, "app"); has != unknownRights || err != nil || asked == 0 {
		t.Errorf("rights are %q (error %v) after %d answers, want unknown ones", has, err, asked)
	}
}
