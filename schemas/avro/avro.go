// Package avro holds the contracts of Millrace: one Avro schema a file, at
// <domain>/<event>.avsc for the topic <domain>.<event>.v1 and at
// state/<name>.avsc for the rows an entity keeps.
//
// The files are the only source of truth. Go types (package event), registered
// schemas (package codec) and documentation derive from them; a registry gets
// their bytes as they stand here. Run go generate ./... in this module after a
// change and go test ./... to hear which consumer the change would break.
package avro

import "embed"

// FS holds every schema file under its path, for example order/submit.avsc.
//
//go:embed */*.avsc
var FS embed.FS
