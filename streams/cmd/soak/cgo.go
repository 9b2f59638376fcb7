//go:build linux && cgo

package main

// withCgo says that Pebble's memory comes from C.
const withCgo = true
