package streams

import (
	"maps"
	"slices"
	"strings"
)

// Description is a topology as data, with stable names and order.
type Description struct {
	App      string              `json:"app"`
	Entities []EntityDescription `json:"entities"`
	Tables   []string            `json:"tables,omitempty"` // topics of which each process has all rows
	// Partitioned are the topics of which each task has its partition's rows.
	Partitioned []string `json:"partitioned_tables,omitempty"`
	// Repartitions are the topics between parts of the topology.
	Repartitions []string `json:"repartitions,omitempty"`
	// Retired names what rows are deleted: ENTITY or ENTITY/NAME.
	Retired []string `json:"retired,omitempty"`
}

// The kinds of parts; that of an entity is left out in JSON.
const (
	KindEntity    = ""
	KindProcessor = "processor"
	KindWindow    = "window"
)

// EntityDescription is one part of a topology, an entity or what Kind says: the
// topics it reads and writes, its collections and the destinations it calls.
type EntityDescription struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
	// Size, Advance and Grace are those of windows, as durations like "1h0m0s".
	Size    string `json:"size,omitempty"`
	Advance string `json:"advance,omitempty"`
	Grace   string `json:"grace,omitempty"`

	Inputs       []string `json:"inputs,omitempty"`
	Outputs      []string `json:"outputs,omitempty"`
	Children     []string `json:"children,omitempty"`
	Destinations []string `json:"destinations,omitempty"`
}

// Describe returns the topology as data.
func (t *Topology) Describe() Description {
	d := Description{App: t.Name()}
	for _, e := range t.compiled.Entities {
		entity := EntityDescription{Name: e.Name}
		switch w := e.Windows; {
		case e.Stateless:
			entity.Kind = KindProcessor
		case w != nil:
			entity.Kind, entity.Size, entity.Advance, entity.Grace = KindWindow, w.Size.String(), w.Advance.String(), w.Grace.String()
		}
		for _, c := range e.Children {
			entity.Children = append(entity.Children, c.Name)
		}
		for _, in := range t.compiled.Inputs {
			if in.Entity == e {
				entity.Inputs = append(entity.Inputs, in.Topic)
			}
		}
		for _, out := range t.compiled.Outputs {
			if slices.Contains(out.Writers, e) {
				entity.Outputs = append(entity.Outputs, out.Topic)
			}
		}
		for name := range e.Destinations {
			entity.Destinations = append(entity.Destinations, name)
		}
		slices.Sort(entity.Destinations)
		d.Entities = append(d.Entities, entity)
	}
	for _, table := range t.compiled.Tables {
		d.Tables = append(d.Tables, table.Topic)
	}
	d.Partitioned = slices.Clone(t.compiled.Partitioned)
	d.Repartitions = slices.Sorted(maps.Keys(t.compiled.Repartitions))
	for _, p := range t.compiled.Retired {
		d.Retired = append(d.Retired, strings.TrimSuffix(p.Entity+"/"+p.Name, "/"))
	}
	return d
}
