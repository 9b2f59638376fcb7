package mutant

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is a mistake.
type mutant struct {
	name string
	file string // from the module's root
	// old occurs in it exactly once and is replaced by new.
	old, new string
	tests    selection // that must fail
	why      string    // what goes wrong, so that they do
}

// selection is which tests to run.
type selection struct {
	dir string // from the module's root
	run string // pattern of names
}

func scenario(name string) selection {
	return selection{dir: "sim/tally", run: "^TestScenarios$/^" + strings.ReplaceAll(name, " ", "_") + "$"}
}

var mutants = []mutant{
	{
		name: "the store gets its batch before EndTxn",
		file: "internal/broker/commit.go",
		old:  "	l.pass(failpoint.BeforeEnd)\n",
		new: `	for _, p := range l.parts {
		cursor := store.Cursor{Identity: l.rt.identity(), Next: p.last.Load() + 1, AppliedAt: time.Now()}
		_ = p.slot.rows.Apply(p.slot.lease, store.Batch{Rows: p.commit.Rows, Cursor: cursor})
	}
	l.pass(failpoint.BeforeEnd)
`,
		tests: scenario("the outcome of commits is unknown"),
		why:   "a transaction that is aborted after all stays in the store, and its inputs are handled on top of it",
	},
	{
		name:  "a restore reads what was not committed",
		file:  "internal/broker/client.go",
		old:   "		kgo.FetchIsolationLevel(kgo.ReadCommitted()),\n",
		new:   "		kgo.FetchIsolationLevel(map[bool]kgo.IsolationLevel{true: kgo.ReadUncommitted(), false: kgo.ReadCommitted()}[role == \"tail\"]),\n",
		tests: scenario("changelogs hold what was aborted"),
		why:   "rows of aborted transactions are restored",
	},
	{
		name:  "inputs are read before they are committed",
		file:  "internal/broker/client.go",
		old:   "		kgo.FetchIsolationLevel(kgo.ReadCommitted()),\n",
		new:   "		kgo.FetchIsolationLevel(map[bool]kgo.IsolationLevel{true: kgo.ReadUncommitted(), false: kgo.ReadCommitted()}[role == \"reader\"]),\n",
		tests: scenario("inputs are aborted"),
		why:   "inputs of aborted transactions are handled",
	},
	{
		name: "a restore takes its end from the last record",
		file: "internal/broker/tail.go",
		old: `	if n := len(p.Records); n > 0 {
		next := p.Records[n-1].Offset + 1
		if applyErr := f.apply(withoutControl(p.Records), next); applyErr != nil {
`,
		new: `	if records := withoutControl(p.Records); len(records) > 0 {
		next := records[len(records)-1].Offset + 1
		if applyErr := f.apply(records, next); applyErr != nil {
`,
		tests: scenario("changelogs hold what was aborted"),
		why:   "the last offset of a log is a marker, so the restore never ends",
	},
	{
		name:  "all processes share one transactional id",
		file:  "internal/broker/offsets.go",
		old:   `	return fmt.Sprintf("%s-%s-%d", app, instance, lane)`,
		new:   `	return fmt.Sprintf("%s-%d%.0s", app, lane, instance)`,
		tests: selection{dir: "sim/tally", run: "^TestACalmFleetGivesNoTransactionUp$"},
		why:   "each bars the others whenever it begins",
	},
	{
		name:  "a revoke does not wait",
		file:  "internal/broker/slots.go",
		old:   "	group.Wait()\n}",
		new:   "	go group.Wait()\n}",
		tests: scenario("members come and go"),
		why:   "the next owner begins while this one still commits",
	},
	{
		name: "a commit that a rebalance refused is fatal",
		file: "internal/broker/position.go",
		old:  "	on := classify(err)\n",
		new: `	on := classify(err)
	if on == txn.Again {
		for _, p := range l.parts {
			l.remove(p.slot)
			l.rt.halt(p.slot, err)
		}
		return txn.Refused
	}
`,
		tests: scenario("commits are refused while members rebalance"),
		why:   "tasks stop with which nothing is wrong",
	},
	{
		name:  "a commit that a rebalance refused goes on",
		file:  "internal/broker/position.go",
		old:   "	case err == nil:\n		return txn.Taken\n",
		new:   "	case err == nil, errors.Is(err, kerr.IllegalGeneration), errors.Is(err, kerr.RebalanceInProgress):\n		return txn.Taken\n",
		tests: scenario("commits are refused while members rebalance"),
		why:   "outputs are committed without the offsets of their inputs",
	},
	{
		name:  "after an unknown outcome the inputs in memory are produced again",
		file:  "internal/broker/recover.go",
		old:   "	for len(l.slots) > 0 {\n",
		new:   "	for forfeit && len(l.slots) > 0 {\n",
		tests: scenario("the outcome of commits is unknown"),
		why:   "the commit may have happened: everything is doubled",
	},
	{
		name:  "the client's own balancer places partitions",
		file:  "internal/broker/client.go",
		old:   "		kgo.Balancers(&balancer{member: m}),\n",
		new:   "		kgo.Balancers(kgo.CooperativeStickyBalancer()),\n",
		tests: scenario("members come and go"),
		why:   "it tears the two inputs of a task apart",
	},
	{
		name:  "a member commits under a new id what it got under the old",
		file:  "internal/broker/position.go",
		old:   "		if p.slot.memberID != id {\n",
		new:   "		if p.slot.memberID == \"\" {\n",
		tests: scenario("a stalled join comes back as another member"),
		why:   "the tasks were another's meanwhile, and the group takes offsets from any member",
	},
	{
		name:  "a batch is written without its lease",
		file:  "store/lease.go",
		old:   "	if l.table.current[l.Task].Counter != l.Counter {\n",
		new:   "	if l.table.current[l.Task].Counter == 0 {\n",
		tests: selection{dir: "store/memstore", run: "^TestStore$/^leases$/^an_outdated_lease_writes_nothing$"},
		why:   "a late batch lands on the rows of the next owner",
	},
	{
		name: "a start ends nothing that the life before left open",
		file: "internal/broker/recover.go",
		old: `	if err := fence(ctx, l.rt.tail.client, &l.rt.opts, l.rt.log, l.id); err != nil {
		return err
	}
	_, _, err = cl.ProducerID(ctx)
	return err
`,
		new:   "	return ctx.Err()\n",
		tests: scenario("a restart ends what the life before left open"),
		why:   "offsets stay pending until the transaction times out",
	},
	{
		name:  "a failed touch of a dirty entity is not rolled back",
		file:  "task/task.go",
		old:   "	if inst.dirty {\n		return inst.encode()\n	}\n",
		new:   "",
		tests: scenario("calm"),
		why:   "it is rolled back too far: what the same transaction did before is lost",
	},
	{
		name:  "an effect's id does not know its cause",
		file:  "task/ctx.go",
		old:   `ID: c.cause.Derive("effect "+destination, c.ordinal)`,
		new:   `ID: (&Cause{App: c.cause.App, Entity: c.cause.Entity, Key: c.cause.Key}).Derive("effect "+destination, c.ordinal)`,
		tests: scenario("calm"),
		why:   "the partner takes the second call of an entity for a repetition of the first",
	},
}

// root is the module's, seen from here.
const root = "../.."

// mutated returns the file's text with the mistake in it.
func (m *mutant) mutated(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		t.Fatalf("%s has the text to be replaced %d times, want once: say in the table what the mistake is now\n%s", m.file, n, m.old)
	}
	return []byte(strings.Replace(string(text), m.old, m.new, 1))
}

// A mistake that cannot be put in any more would pass for seen.
func TestEveryMistakeHasItsPlace(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) { m.mutated(t) })
	}
}
