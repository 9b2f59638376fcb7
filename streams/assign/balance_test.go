package assign

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func members(t *rapid.T, partitions int32) []Member {
	n := rapid.IntRange(1, 6).Draw(t, "members")
	list := make([]Member, n)
	task := rapid.Int32Range(0, partitions+1)
	for i := range list {
		list[i] = Member{
			ID:         fmt.Sprintf("m%d", i),
			Generation: rapid.Int32Range(1, 3).Draw(t, "generation"),
			Owned:      rapid.SliceOfNDistinct(task, 0, int(partitions), rapid.ID[int32]).Draw(t, "owned"),
		}
		for _, p := range rapid.SliceOfN(task, 0, 4).Draw(t, "copies") {
			list[i].Copies = append(list[i].Copies, Copy{Partition: p, Next: rapid.Int64Range(0, 100).Draw(t, "next")})
		}
	}
	return list
}

// settled is where tasks are in the end, when copies do not matter.
func settled(members []Member, partitions int32) map[int32]string {
	return Place(members, Policy{Partitions: partitions, AcceptableLag: 1 << 40}).Owners
}

func TestEveryTaskHasOneOwnerAndLoadsDifferByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partitions := rapid.Int32Range(1, 20).Draw(t, "partitions")
		list := members(t, partitions)
		owners := settled(list, partitions)
		load := make(map[string]int)
		for p := range partitions {
			if owners[p] == "" {
				t.Fatalf("task %d has no owner", p)
			}
			load[owners[p]]++
		}
		if len(owners) != int(partitions) {
			t.Fatalf("%d owners for %d tasks", len(owners), partitions)
		}
		low, high := int(partitions), 0
		for _, m := range list {
			low, high = min(low, load[m.ID]), max(high, load[m.ID])
		}
		if high-low > 1 {
			t.Fatalf("loads from %d to %d: %v", low, high, load)
		}
	})
}

func TestBalanceIsStableOnceReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partitions := rapid.Int32Range(1, 20).Draw(t, "partitions")
		list := members(t, partitions)
		first := settled(list, partitions)
		for i := range list {
			list[i].Owned, list[i].Generation = nil, 9
			for p := range partitions {
				if first[p] == list[i].ID {
					list[i].Owned = append(list[i].Owned, p)
				}
			}
		}
		slices.Reverse(list)
		second := settled(list, partitions)
		for p, id := range first {
			if second[p] != id {
				t.Fatalf("task %d moved from %s to %s though nothing changed", p, id, second[p])
			}
		}
	})
}

func TestNewestGenerationWinsAClaim(t *testing.T) {
	owners := settled([]Member{
		{ID: "stale", Owned: []int32{0, 1}, Generation: 4},
		{ID: "owner", Owned: []int32{1, 2}, Generation: 5},
	}, 4)
	if owners[1] != "owner" || owners[2] != "owner" || owners[0] != "stale" {
		t.Fatalf("owners %v", owners)
	}
}

func TestTaskFollowsItsMostCompleteCopy(t *testing.T) {
	owners := settled([]Member{
		{ID: "a", Owned: []int32{0}, Generation: 1, Copies: []Copy{{Partition: 2, Next: 10}}},
		{ID: "b", Owned: []int32{1}, Generation: 1, Copies: []Copy{{Partition: 2, Next: 90}}},
	}, 3)
	if owners[2] != "b" {
		t.Fatalf("owners %v", owners)
	}
}

func TestUserDataRoundTrip(t *testing.T) {
	plan, err := DecodePlan(PlanData{Owners: []Owner{{Instance: "i", Address: "h:1", Tasks: []int32{3}}}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := plan.Owner(3); !ok || o.Address != "h:1" || !plan.Live("i") || plan.Live("j") {
		t.Fatalf("plan %+v", plan)
	}
	if _, err := DecodePlan([]byte("{")); err == nil {
		t.Fatal("damaged user data was accepted")
	}
	m, err := DecodeMember(MemberData{Instance: "i", Copies: []Copy{{Partition: 1, Next: 7}}}.Encode())
	if err != nil || m.Copies[0].Next != 7 || m.Version != dataVersion {
		t.Fatalf("member %+v, %v", m, err)
	}
}
