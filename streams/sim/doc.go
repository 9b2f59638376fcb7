// Package sim runs a topology of yours in a simulated fleet: several processes
// with the real runtime and Pebble, a Kafka in memory, and faults from one seed.
// Minutes of virtual time pass in a fraction of a second, so hundreds of fleets
// fit into a test.
//
//	func TestOrdersSurviveFaults(t *testing.T) {
//		program := sim.Program{New: newTopology, Topics: []string{"orders", "totals"}, Input: input, Check: check}
//		for seed := range uint64(50) {
//			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
//				t.Parallel()
//				sim.Run(t, program, sim.Random(seed, sim.Shape{}))
//			})
//		}
//	}
//
// Run it with `go test -tags synctests`: the tag makes the Kafka client wait in
// ways that virtual time understands. Without it the package builds, and Run
// fails with these words.
//
// # What a run does
//
// A Plan is a schedule of faults as data: it can be printed, written by hand,
// and shrunk. Random makes one from a seed. Run starts the fleet, follows the
// plan, then heals every fault, stops the load and requires that the fleet
// converges: within Shape.Converge every process is ready, every input handled,
// every effect answered. Then it checks what holds for any topology:
//
//   - no transaction is left open, and the group is stable with every task
//     owned once;
//   - the rows of every owner are the fold of the changelog;
//   - nothing in committed output was made twice by the same input;
//   - every effect has at most one document at its partner, under one id;
//   - no process commits offsets as a member that has no assignment yet;
//
// and calls Program.Check for what only you know.
//
// # When a seed fails
//
// The failure prints the plan, what happened in order, and the seed. Go does not
// schedule goroutines the same way twice, so one seed is a dense neighbourhood
// rather than one history: run it again with SIM_SEED=n SIM_RUNS=200, and let
// Shrink remove from the plan what the failure does not need.
//
// # What it cannot show
//
// The Kafka in memory has no replicas, no delay between EndTxn and its markers,
// no throttling. Those want a real cluster.
//
// # What lives where
//
//	plan, random, shrink   the schedule as data
//	fault                  the table of Kafka's faults
//	internal/wire          the network of one process
//	process, brokers       what is started, killed, frozen and restarted
//	fleet                  follows the plan
//	converge, oracle       heals, waits, checks
//	tally                  a program whose every output can be recomputed
package sim
