// Package arch holds the rules of the source tree as tests: who may import whom,
// what a pure core may not touch, how large a file may grow, what text may say.
// Each failure names the place and the reason. It has no other content.
package arch
