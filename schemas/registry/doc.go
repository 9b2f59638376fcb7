// Package registry speaks the REST interface of Confluent's schema registry, on
// both sides: Client registers and fetches schemas at any registry that has it
// (Confluent, Apicurio, Redpanda, Karapace), and Server is a small one for an
// installation in a single process, with its state in a compacted topic.
//
// Schemas are registered as the bytes of their files, never rendered anew, and
// registered text is never compared with a file: registries reformat it.
package registry
