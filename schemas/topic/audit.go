package topic

import "time"

// Topics of the auditor, and of who acts on what it finds.
var (
	// AuditViolation says that an invariant does not hold.
	AuditViolation = Def{
		Name: "audit.violation.v1", Key: "subject", Record: "audit.v1.AuditViolation", Domain: "audit",
		Kind: Event, Partitioning: BySubject, Retention: rawDocuments, Owner: "audit",
		LatencyTarget: 5 * time.Minute, Lifecycle: Draft, Doc: "an invariant of the installation does not hold",
	}
	// AuditAction: somebody had something done outside the usual course.
	AuditAction = Def{
		Name: "audit.action.v1", Key: "subject", Record: "audit.v1.AuditAction", Domain: "audit",
		Kind: Event, Partitioning: BySubject, Retention: rawDocuments, Owner: "audit",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "somebody had something done outside the usual course",
	}
	// OrderFreeze: whether an order may go on.
	OrderFreeze = Def{
		Name: "order.freeze.v1", Key: "order id", Record: "order.v1.OrderFreeze", Domain: "order",
		Kind: Compacted, Partitioning: ByOrder, Owner: "audit",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "whether an order may go on",
	}
)
