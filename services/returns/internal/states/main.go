// Command states writes the report of the transition table.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/millrace/millrace/services/returns"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "machine.md", "file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(returns.Report()), 0o644); err != nil {
		log.Fatalf("writing report: %v", err)
	}
}
