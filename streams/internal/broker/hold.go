package broker

// Hold stops the intake of this topology, and lets it go on when why is nil: no
// input is fetched, no task is restored and no standby follows. What is in memory
// already is handled and committed.
func (r *Runtime) Hold(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = why
	if r.started {
		r.applyHold()
	}
}

// applyHold is called with mu held.
func (r *Runtime) applyHold() {
	changelog := r.opts.Topology.ChangelogTopic()
	if r.held != nil {
		r.reader.client.PauseFetchTopics(r.opts.inputs...)
		r.tail.client.PauseFetchTopics(changelog)
		r.standing.client.PauseFetchTopics(changelog)
		return
	}
	r.reader.client.ResumeFetchTopics(r.opts.inputs...)
	r.tail.client.ResumeFetchTopics(changelog)
	r.standing.client.ResumeFetchTopics(changelog)
}

// Settled says whether the group has told this process which tasks it has.
func (r *Runtime) Settled() bool {
	if !r.inGroup() {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.started && r.member.ready()
}
