// Package assign decides which member of a group owns which task. A task is one
// partition number over all inputs of a topology: it is placed whole, so that
// an entity never has two writers. The decision is pure: members with what they
// claim go in, owners come out.
package assign
