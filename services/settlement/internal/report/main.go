// Command report writes the report of the transition tables.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/millrace/millrace/services/settlement"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "machine.md", "file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(settlement.Report()), 0o644); err != nil {
		log.Fatalf("writing report: %v", err)
	}
}
