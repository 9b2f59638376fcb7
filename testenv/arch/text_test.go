package arch

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// textRule forbids words in every text file of the project.
type textRule struct {
	words  *regexp.Regexp
	except string // the one file that may
	reason string
}

// Written in pieces, so that the rules do not match themselves.
var textRules = []textRule{
	{
		words:  regexp.MustCompile(`/wor` + `k/|/roo` + `t/`),
		reason: "a path of one machine means nothing on another",
	},
	{
		words:  regexp.MustCompile(`\bshar` + `ed/(data|design|peers|hooks)\b`),
		except: "Makefile", // where real data is looked for, if it is there
		reason: "the project must stand without the folder beside it; tests find data by MILLRACE_TEST_DATA",
	},
	{
		words:  regexp.MustCompile(`registry\.npm` + `js|pyp` + `i\.org|proxy\.gol` + `ang|repo1?\.mav` + `en|deb\.deb` + `ian`),
		reason: "which mirror packages come from is the business of the machine, not of the project",
	},
	{
		words:  regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`),
		reason: "what is not done belongs into the issue tracker, where somebody looks for it",
	},
}

func TestText(t *testing.T) {
	walk(t, func(name string, text []byte) {
		if generated := strings.HasSuffix(name, ".sum") || strings.HasSuffix(name, ".min.js"); generated || !isText(text) {
			return
		}
		for _, rule := range textRules {
			if name == rule.except {
				continue
			}
			if at := rule.words.FindIndex(text); at != nil {
				line := 1 + bytes.Count(text[:at[0]], []byte("\n"))
				t.Errorf("%s:%d says %q: %s", name, line, text[at[0]:at[1]], rule.reason)
			}
		}
	})
}

// isText tells text from images and columnar data.
func isText(content []byte) bool {
	return bytes.IndexByte(content[:min(len(content), 512)], 0) < 0
}
