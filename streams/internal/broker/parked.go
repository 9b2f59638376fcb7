package broker

import (
	"fmt"
	"strconv"
)

// watch notices when a task has too many parked inputs, or few enough again. A
// crowded task reads no records; what was fetched waits in its inbox, and the
// reader pauses when that is full.
func (l *lane) watch(s *slot) {
	crowded := s.core.Crowded()
	if crowded == s.crowded.Load() {
		return
	}
	s.crowded.Store(crowded)
	inputs, bytes := s.core.Parked()
	event := l.rt.log.Info()
	what := "task reads on: enough parked inputs were handled"
	if crowded {
		event, what = l.rt.log.Error(), "task is paused: too many inputs are parked; it reads on when a tenth of them was handled"
	}
	event.Int32("partition", s.task.Partition).Int("parked", inputs).Int("bytes", bytes).Msg(what)
}

// takes says whether a task may have another record in this transaction.
func (l *lane) takes(s *slot) bool { return !l.full(s) && !s.core.Crowded() }

// crowding returns what Ready says about an active task that is paused, or nil.
func (s *slot) crowding() error {
	if !s.crowded.Load() {
		return nil
	}
	return fmt.Errorf("task %s/%d is paused: too many inputs are parked", s.task.App, s.task.Partition)
}

// parked tells how many inputs a task has parked.
func (m *Metrics) parked(s *slot) {
	inputs, _ := s.core.Parked()
	paused := 0.0
	if s.core.Crowded() {
		paused = 1
	}
	app, partition := s.task.App, strconv.Itoa(int(s.task.Partition))
	m.parkedInputs.WithLabelValues(app, partition).Set(float64(inputs))
	m.pausedTasks.WithLabelValues(app, partition).Set(paused)
}

// left forgets what was told about a task that this process no longer runs.
func (m *Metrics) left(s *slot) {
	app, partition := s.task.App, strconv.Itoa(int(s.task.Partition))
	m.parkedInputs.DeleteLabelValues(app, partition)
	m.pausedTasks.DeleteLabelValues(app, partition)
}
