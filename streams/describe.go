package streams

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Description is a topology as data, with stable names and order.
type Description struct {
	App      string              `json:"app"`
	Entities []EntityDescription `json:"entities"`
	Tables   []string            `json:"tables,omitempty"` // topics
}

// EntityDescription is one entity: the topics it reads and writes, its
// collections and the destinations it calls.
type EntityDescription struct {
	Name         string   `json:"name"`
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
	return d
}

// Mermaid draws topologies as one Mermaid flowchart: a box a topology, an arrow
// from who writes topics to who reads them, dotted where the reader keeps the
// topic as a table, and a hexagon for each destination (up to the first dot of
// its name). Topics that nobody drawn here reads go to a box of subscribers.
// label shortens a topic's name.
func Mermaid(label func(topic string) string, all ...Description) string {
	chart := chart{label: label, readers: make(map[string][]string), tables: make(map[string][]string), edges: make(map[arrow][]string)}
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, d := range all {
		fmt.Fprintf(&b, "  %s[%q]\n", nodeID(d.App), strings.ToUpper(d.App))
		chart.reads(d)
	}
	for _, d := range all {
		chart.writes(d)
		for _, name := range d.destinations() {
			fmt.Fprintf(&b, "  %s -. calls .- %s{{%q}}\n", nodeID(d.App), nodeID("at_"+name), name)
		}
	}
	chart.draw(&b)
	return b.String()
}

// destinations lists what the topology calls, up to the first dot.
func (d Description) destinations() []string {
	var names []string
	for _, e := range d.Entities {
		for _, name := range e.Destinations {
			name, _, _ = strings.Cut(name, ".")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// chart collects what leads from where to where.
type chart struct {
	label           func(string) string
	readers, tables map[string][]string // apps by topic
	edges           map[arrow][]string  // labels
}

// arrow leads from one box to another.
type arrow struct {
	from, line, to string
}

func (c *chart) reads(d Description) {
	for _, e := range d.Entities {
		for _, topic := range e.Inputs {
			c.readers[topic] = append(c.readers[topic], d.App)
		}
	}
	for _, topic := range d.Tables {
		c.tables[topic] = append(c.tables[topic], d.App)
	}
}

func (c *chart) writes(d Description) {
	for _, e := range d.Entities {
		for _, topic := range e.Outputs {
			if len(c.readers[topic])+len(c.tables[topic]) == 0 {
				c.add(arrow{nodeID(d.App), "-->", `out(["subscribers"])`}, topic)
			}
			for _, to := range c.readers[topic] {
				c.add(arrow{nodeID(d.App), "-->", nodeID(to)}, topic)
			}
			for _, to := range c.tables[topic] {
				c.add(arrow{nodeID(d.App), "-.->", nodeID(to)}, topic)
			}
		}
	}
}

func (c *chart) add(a arrow, topic string) {
	if name := c.label(topic); a.from != a.to && !slices.Contains(c.edges[a], name) {
		c.edges[a] = append(c.edges[a], name)
	}
}

func (c *chart) draw(b *strings.Builder) {
	arrows := slices.SortedFunc(maps.Keys(c.edges), func(x, y arrow) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to), cmp.Compare(x.line, y.line))
	})
	for _, a := range arrows {
		slices.Sort(c.edges[a])
		fmt.Fprintf(b, "  %s %s|%q| %s\n", a.from, a.line, strings.Join(c.edges[a], "<br/>"), a.to)
	}
}

func nodeID(name string) string {
	return strings.NewReplacer(".", "_", "-", "_", " ", "_").Replace(name)
}
