package sourcing

import (
	_ "embed"
	"fmt"
	"sync"
)

//go:embed default.yaml
var defaultFile []byte

// Default returns the rules of an installation that states none.
var Default = sync.OnceValue(func() *Rules {
	rules, _, err := Parse(defaultFile)
	if err != nil { // a test reads the file
		panic(fmt.Sprintf("the default rules cannot be read: %v", err))
	}
	return rules
})
