// Command report writes the description of the order machine.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/millrace/millrace/services/order"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "machine.md", "file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(order.Report()), 0o644); err != nil {
		log.Fatalf("writing report: %v", err)
	}
}
