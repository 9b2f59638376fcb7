package broker

import "time"

// minCommitWait is the least time between a transaction's end and the next
// produce: until its markers are written the broker refuses the next
// transaction of the same producer and is asked again in steps of 20 ms.
const minCommitWait = 10 * time.Millisecond

// pace says when a lane may commit next: not before four times what commits
// take lately, so that most of the time goes into handling inputs.
type pace struct {
	target time.Duration // the longest wait
	took   time.Duration // moving average
	next   time.Time
}

// committed takes note of a commit from its first produce to EndTxn's answer.
func (p *pace) committed(began, ended time.Time) {
	took := ended.Sub(began)
	if p.took == 0 {
		p.took = took
	}
	p.took += (took - p.took) / 4
	p.next = ended.Add(min(max(4*p.took, minCommitWait), max(p.target, minCommitWait)))
}

// allows says whether a commit may begin.
func (p *pace) allows(now time.Time) bool { return !now.Before(p.next) }
