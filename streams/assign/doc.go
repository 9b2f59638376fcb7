// Package assign decides which member of a group owns which task, and which
// members follow it. A task is one partition number over all inputs of a
// topology: it is placed whole, so that an entity never has two writers. The
// decision is pure: members with what they claim and hold go in, a plan comes
// out.
package assign
