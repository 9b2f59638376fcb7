package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is one declared setting, for documentation and for showing what is
// in force.
type Setting struct {
	Name    string // dotted, such as kafka.partitions
	Flag    string // such as --kafka-partitions
	Env     string // such as MILLRACE_KAFKA_PARTITIONS
	Meaning string // one sentence
	Default string // as one would write it
	Bounds  string // such as "1 to 1000", or ""
	Value   string // in force after Load; a secret's is ***
	Source  string // flag, environment, file or default

	assign func(any) error // checks and stores a value of any source
	show   func() string
}

// String declares a text. Allowed, if given, are the only values.
func (s *Set) String(target *string, name, byDefault, meaning string, allowed ...string) {
	bounds := ""
	if len(allowed) > 0 {
		bounds = "one of " + strings.Join(allowed, ", ")
	}
	*target = byDefault
	s.add(name, meaning, strconv.Quote(byDefault), bounds, func() string { return *target }, func(value any) error {
		text, err := asText(value)
		if err != nil {
			return err
		}
		if len(allowed) > 0 && !slices.Contains(allowed, text) {
			return fmt.Errorf("%q is not allowed", text)
		}
		*target = text
		return nil
	})
}

// Strings declares a list of texts: a YAML list, or separated by commas.
func (s *Set) Strings(target *[]string, name string, byDefault []string, meaning string) {
	*target = byDefault
	show := func() string { return strings.Join(*target, ",") }
	s.add(name, meaning, strconv.Quote(show()), "", show, func(value any) error {
		items, isList := value.([]any)
		if !isList {
			text, err := asText(value)
			if err != nil {
				return err
			}
			*target = split(text)
			return nil
		}
		list := make([]string, len(items))
		for i, item := range items {
			text, err := asText(item)
			if err != nil {
				return fmt.Errorf("item %d: %w", i+1, err)
			}
			list[i] = text
		}
		*target = list
		return nil
	})
}

func split(text string) []string {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// Bool declares a switch: true or false.
func (s *Set) Bool(target *bool, name string, byDefault bool, meaning string) {
	*target = byDefault
	s.add(name, meaning, strconv.FormatBool(byDefault), "true or false", func() string { return strconv.FormatBool(*target) }, func(value any) error {
		text, err := asText(value)
		if err != nil {
			return err
		}
		switch text {
		case "true", "false":
			*target = text == "true"
			return nil
		default:
			return fmt.Errorf("%q is neither true nor false", text)
		}
	})
}

// Int declares a whole number from least to most.
func (s *Set) Int(target *int, name string, byDefault, least, most int, meaning string) {
	ordered(s, target, name, byDefault, least, most, meaning, strconv.Atoi, "a whole number")
}

// Duration declares a time span from least to most, such as 1m30s.
func (s *Set) Duration(target *time.Duration, name string, byDefault, least, most time.Duration, meaning string) {
	ordered(s, target, name, byDefault, least, most, meaning, time.ParseDuration, "a duration such as 1m30s")
}

// ordered declares a value with a least and a most.
func ordered[T cmp.Ordered](s *Set, target *T, name string, byDefault, least, most T, meaning string, parse func(string) (T, error), kind string) {
	*target = byDefault
	bounds := fmt.Sprintf("%v to %v", least, most)
	s.add(name, meaning, fmt.Sprint(byDefault), bounds, func() string { return fmt.Sprint(*target) }, func(value any) error {
		text, err := asText(value)
		if err != nil {
			return err
		}
		parsed, err := parse(text)
		if err != nil {
			return fmt.Errorf("%q is not %s", text, kind)
		}
		if parsed < least || parsed > most {
			return fmt.Errorf("%v is outside its bounds", parsed)
		}
		*target = parsed
		return nil
	})
}

// asText takes the scalars of YAML as they would be written; flags and
// environment are texts already.
func asText(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	case nil:
		return "", fmt.Errorf("it has no value")
	default:
		return "", fmt.Errorf("a single value is wanted, not %T", value)
	}
}
