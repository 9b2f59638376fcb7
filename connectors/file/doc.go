// Package file reads the files of a partner and says what they mean: products,
// stock, orders, returns, adjustments, and which rows are refused and why.
//
// The way of a row: a reader (csv.go, parquet.go) gives typed cells, joins add
// the fields of other files, a rule says what the row is, rows of one document
// come together (group.go), the partner's jq program makes the document
// canonical (mapping.go), and strict decoding makes events of it (sheet.go).
// Every row ends in exactly one count.
//
// A Script is all that a drop of files says, in the order in which it is to be
// published: products, opening stock, then documents and supplies by date. It
// is a function of files, configuration and seed, so it can be read again from
// any position. Memory is bounded: rows stream, and only products and the plan
// of supplies are held.
package file
