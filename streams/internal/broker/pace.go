package broker

import "time"

// minCommitWait is the least time between a transaction's end and the next
// produce: until its markers are written the broker refuses the next
// transaction of the same producer and is asked again in steps of 20 ms. It also
// bounds what an idle lane costs the coordinators.
const minCommitWait = 4 * time.Millisecond

// pace says when a lane may commit next. A lane that is behind commits not before
// four times what commits take lately, so that most of its time goes into
// handling inputs. A lane with nothing left to handle commits soon, for its
// outputs wait, but not before as long as commits take: where they take long the
// machine has much to do, and fewer of them leave it more for all others.
type pace struct {
	target time.Duration // the longest wait
	took   time.Duration // moving average
	idle   time.Time     // when it may commit if nothing is left to handle
	busy   time.Time     // when it may commit in any case
}

// committed takes note of a commit from its first produce to EndTxn's answer.
func (p *pace) committed(began, ended time.Time) {
	took := ended.Sub(began)
	if p.took == 0 {
		p.took = took
	}
	p.took += (took - p.took) / 4
	wait := min(4*p.took, p.target)
	p.idle = ended.Add(max(wait/4, minCommitWait))
	p.busy = ended.Add(max(wait, minCommitWait))
}

// allows says whether a commit may begin; behind says that inputs are waiting.
func (p *pace) allows(now time.Time, behind bool) bool {
	if behind {
		return !now.Before(p.busy)
	}
	return !now.Before(p.idle)
}
