// Package compat keeps the contracts whole: it judges whether a new version of a
// schema may follow the older ones (Check), and whether the schema files keep
// the rules of the house (Lint). Tests of this package run both over the schemas
// of Millrace; the registry server and the command line use them too.
package compat
