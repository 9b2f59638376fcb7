package streams

import (
	"fmt"
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
		entity := EntityDescription{Name: e.Name, Children: slices.Clone(e.Children)}
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

// Mermaid draws topologies as one Mermaid flowchart: a box an entity, an arrow a
// topic between its writer and its reader. Topics that nobody here writes, or
// reads, end in a rounded box of their own; label shortens a topic's name.
func Mermaid(label func(topic string) string, all ...Description) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	readers, writers := make(map[string][]string), make(map[string][]string)
	for _, d := range all {
		for _, e := range d.Entities {
			node := nodeID(d.App + "." + e.Name)
			fmt.Fprintf(&b, "  %s[%q]\n", node, strings.ToUpper(e.Name))
			for _, in := range e.Inputs {
				readers[in] = append(readers[in], node)
			}
			for _, out := range e.Outputs {
				writers[out] = append(writers[out], node)
			}
			for _, dest := range e.Destinations {
				fmt.Fprintf(&b, "  %s -. calls .-> %s{{%q}}\n", node, nodeID("dest."+dest), dest)
			}
		}
		for _, topic := range d.Tables {
			node := nodeID(d.App + ".table." + topic)
			fmt.Fprintf(&b, "  %s[(%q)]\n", node, d.App)
			readers[topic] = append(readers[topic], node)
		}
	}
	for _, edge := range edges(readers, writers) {
		fmt.Fprintf(&b, "  %s -- %s --> %s\n", edge.from, strings.Join(labels(edge.topics, label), "<br/>"), edge.to)
	}
	return b.String()
}

// edge joins the topics that lead from one node to another.
type edge struct {
	from, to string
	topics   []string
}

func edges(readers, writers map[string][]string) []edge {
	byEnds := make(map[[2]string][]string)
	for topic, from := range writers {
		for _, f := range from {
			to := readers[topic]
			if len(to) == 0 {
				to = []string{"out([\"subscribers\"])"}
			}
			for _, t := range to {
				byEnds[[2]string{f, t}] = append(byEnds[[2]string{f, t}], topic)
			}
		}
	}
	for topic, to := range readers {
		if len(writers[topic]) == 0 {
			for _, t := range to {
				byEnds[[2]string{"in([\"channels, files\"])", t}] = append(byEnds[[2]string{"in([\"channels, files\"])", t}], topic)
			}
		}
	}
	all := make([]edge, 0, len(byEnds))
	for ends, topics := range byEnds {
		slices.Sort(topics)
		all = append(all, edge{from: ends[0], to: ends[1], topics: topics})
	}
	slices.SortFunc(all, func(a, b edge) int { return strings.Compare(a.from+" "+a.to, b.from+" "+b.to) })
	return all
}

func labels(topics []string, label func(string) string) []string {
	out := make([]string, len(topics))
	for i, t := range topics {
		out[i] = label(t)
	}
	return out
}

func nodeID(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == ' ' {
			return '_'
		}
		return r
	}, name)
}
