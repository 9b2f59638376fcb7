// Package telemetry is what a process says about itself: its log, its metrics,
// which build it is, and, to a person at a terminal, how far it has come.
package telemetry
