// Package wire is the network between one simulated process and its brokers: it
// can be cut, frozen and slowed down, and a Rule can change what becomes of one
// request: whether it arrives, when, and what the answer says.
//
// A Link belongs to one life of one process. Its connections read whole answers
// and know by correlation id which request each belongs to, so a rule hits
// exactly the answer it is meant for, also when requests are pipelined.
//
// No lock is held while anything waits: in a synctest bubble a goroutine that
// waits for a mutex keeps the virtual clock from going on.
package wire
