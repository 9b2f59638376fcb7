// Package mutant proves that the tests of the runtime would see its worst
// mistakes. A table holds them as changes of one place in the source; each is
// put in by an overlay of the compiler, so the product's code knows nothing of
// it, and the tests that are named must fail. The same tests pass without it.
//
// It has no other content; docs/adr/0008-mutants-are-overlays.md says why.
package mutant
