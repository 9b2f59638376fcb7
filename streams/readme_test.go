package streams_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// blocks returns the code blocks of README.md with their languages.
func blocks(t *testing.T) (languages, texts []string) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllStringSubmatch(string(readme), -1) {
		languages, texts = append(languages, m[1]), append(texts, m[2])
	}
	return languages, texts
}

// The first program is built and run as a reader would, and must print what
// README.md says.
func TestTheFirstProgramOfTheReadmeDoesWhatItSays(t *testing.T) {
	languages, texts := blocks(t)
	var program, want string
	for i := range texts {
		switch {
		case program == "" && languages[i] == "go" && strings.HasPrefix(texts[i], "package main"):
			program = texts[i]
		case program != "" && want == "" && languages[i] == "text":
			want = texts[i]
		}
	}
	if program == "" || want == "" {
		t.Fatal("README.md has no program with its output")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	source, overlay := filepath.Join(t.TempDir(), "main.go"), filepath.Join(t.TempDir(), "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(here, "first", "main.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{source: []byte(program), overlay: replace} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := exec.CommandContext(t.Context(), "go", "run", "-overlay", overlay, "./first").CombinedOutput()
	if err != nil || string(got) != want {
		t.Errorf("the program printed (%v)\n%s\nREADME.md says\n%s", err, got, want)
	}
}

// Every other piece of Go in README.md stands, but for its indentation, in code
// that is compiled and tested.
func TestCodeOfTheReadmeIsTestedElsewhere(t *testing.T) {
	var tested []string
	for _, pattern := range []string{"*_test.go", "examples/*/*.go", "sim/example_test.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			tested = append(tested, dedent(string(content)))
		}
	}
	all := strings.Join(tested, "\n")
	languages, texts := blocks(t)
	checked := 0
	for i, text := range texts {
		if languages[i] != "go" || strings.HasPrefix(text, "package main") {
			continue
		}
		checked++
		if !strings.Contains(all, dedent(text)) {
			t.Errorf("no test has this code of README.md:\n%s", text)
		}
	}
	if checked == 0 {
		t.Error("README.md has no code")
	}
}

var indentation = regexp.MustCompile(`(?m)^[\t ]+`)

func dedent(text string) string { return indentation.ReplaceAllString(text, "") }
