package task

// arenaChunk is how many bytes of outputs share one allocation.
const arenaChunk = 64 << 10

// arena is memory for the keys and values of outputs: many in one allocation,
// which lives as long as any of them.
type arena struct{ chunk []byte }

// room returns an empty slice to append to, with some capacity.
func (a *arena) room() []byte {
	n := len(a.chunk)
	if cap(a.chunk)-n < arenaChunk/16 {
		a.chunk, n = make([]byte, 0, arenaChunk), 0
	}
	return a.chunk[n:n]
}

// keep makes what was appended to room the caller's for good. b may have grown
// out of the arena.
func (a *arena) keep(b []byte) []byte {
	n := len(a.chunk)
	if len(b) > 0 && len(b) <= cap(a.chunk)-n && &b[0] == &a.chunk[:n+1][n] {
		a.chunk = a.chunk[:n+len(b)]
	}
	return b[:len(b):len(b)]
}
