package sim

import (
	"time"
)

// Report is what a run met and did.
type Report struct {
	Seed         uint64         `json:"seed"`
	Met          map[string]int `json:"met"`    // faults and actions that came to be
	Points       map[string]int `json:"points"` // failpoints at which one was
	Transactions int            `json:"transactions"`
	GivenUp      int            `json:"given_up"`  // transactions, or whole producers
	Records      int            `json:"records"`   // committed, of all topics
	Inputs       int            `json:"inputs"`    // sent
	Calls        int            `json:"calls"`     // that reached partners
	Documents    int            `json:"documents"` // that partners made of them
	Violations   []string       `json:"violations"`
	Virtual      time.Duration  `json:"virtual"`
	Wall         time.Duration  `json:"wall"`
}

func newReport(p Plan) Report {
	return Report{Seed: p.Seed, Met: make(map[string]int), Points: make(map[string]int)}
}

// Add sums two reports.
func (r *Report) Add(other Report) {
	if r.Met == nil {
		*r = newReport(Plan{Seed: other.Seed})
	}
	for name, n := range other.Met {
		r.Met[name] += n
	}
	for name, n := range other.Points {
		r.Points[name] += n
	}
	r.Transactions += other.Transactions
	r.GivenUp += other.GivenUp
	r.Records += other.Records
	r.Inputs += other.Inputs
	r.Calls += other.Calls
	r.Documents += other.Documents
	r.Violations = append(r.Violations, other.Violations...)
	r.Virtual += other.Virtual
	r.Wall += other.Wall
}
