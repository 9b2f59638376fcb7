package streams

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mermaid draws topologies as one Mermaid flowchart: a box a topology, an arrow
// from who writes topics to who reads them, dotted where the reader keeps the
// topic as a table, and a hexagon for each destination (up to the first dot of
// its name). A topic between two parts of a topology leads back to its box.
// Topics that nobody drawn here reads go to a box of subscribers. label shortens
// a topic's name.
func Mermaid(label func(topic string) string, all ...Description) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, d := range all {
		fmt.Fprintf(&b, "  %s[%q]\n", nodeID(d.App), strings.ToUpper(d.App))
	}
	for _, d := range all {
		for _, name := range d.destinations() {
			fmt.Fprintf(&b, "  %s -. calls .- %s{{%q}}\n", nodeID(d.App), nodeID("at_"+name), name)
		}
	}
	for _, a := range newChart(label, all) {
		line := "-->"
		if a.table {
			line = "-.->"
		}
		fmt.Fprintf(&b, "  %s %s|%q| %s\n", nodeID(a.from), line, strings.Join(a.labels, "<br/>"), mermaidNode(a.to))
	}
	return b.String()
}

// DOT draws what Mermaid does, for Graphviz.
func DOT(label func(topic string) string, all ...Description) string {
	var b strings.Builder
	b.WriteString("digraph streams {\n  rankdir=LR\n  node [shape=box]\n")
	for _, d := range all {
		fmt.Fprintf(&b, "  %q [label=%q]\n", d.App, strings.ToUpper(d.App))
	}
	for _, d := range all {
		for _, name := range d.destinations() {
			fmt.Fprintf(&b, "  %q [label=%q shape=hexagon]\n  %q -> %q [label=\"calls\" style=dotted dir=none]\n", "at "+name, name, d.App, "at "+name)
		}
	}
	for _, a := range newChart(label, all) {
		to, style := a.to, "solid"
		if a.table {
			style = "dotted"
		}
		if to == subscribers {
			to = "subscribers"
		}
		fmt.Fprintf(&b, "  %q -> %q [label=%q style=%s]\n", a.from, to, strings.Join(a.labels, "\n"), style)
	}
	b.WriteString("}\n")
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

// subscribers stands for whoever reads a topic that nobody drawn here reads. No
// topology has this name.
const subscribers = ""

// edge leads from one box to another.
type edge struct {
	from, to string
	table    bool
}

// arrow is an edge with the topics on it.
type arrow struct {
	edge
	labels []string
}

// reader is a topology that reads a topic, as input or as a table.
type reader struct {
	app   string
	table bool
}

// readersOf lists who reads each topic.
func readersOf(all []Description) map[string][]reader {
	readers := make(map[string][]reader)
	for _, d := range all {
		for _, e := range d.Entities {
			for _, topic := range e.Inputs {
				readers[topic] = append(readers[topic], reader{d.App, false})
			}
		}
		for _, topic := range slices.Concat(d.Tables, d.Partitioned) {
			readers[topic] = append(readers[topic], reader{d.App, true})
		}
	}
	return readers
}

func (d Description) outputs() (topics []string) {
	for _, e := range d.Entities {
		topics = append(topics, e.Outputs...)
	}
	return topics
}

// newChart lists what leads from where to where, in order.
func newChart(label func(string) string, all []Description) []arrow {
	readers := readersOf(all)
	edges := make(map[edge][]string)
	for _, d := range all {
		for _, topic := range d.outputs() {
			to := readers[topic]
			if len(to) == 0 {
				to = []reader{{subscribers, false}}
			}
			for _, r := range to {
				at, name := edge{d.App, r.app, r.table}, label(topic)
				loop := r.app == d.App && !slices.Contains(d.Repartitions, topic)
				if !loop && !slices.Contains(edges[at], name) {
					edges[at] = append(edges[at], name)
				}
			}
		}
	}
	var arrows []arrow
	for _, e := range slices.SortedFunc(maps.Keys(edges), edge.compare) {
		slices.Sort(edges[e])
		arrows = append(arrows, arrow{e, edges[e]})
	}
	return arrows
}

// compare orders edges as they are drawn, solid before dotted.
func (e edge) compare(other edge) int {
	solid := 0
	switch {
	case e.table && !other.table:
		solid = 1
	case !e.table && other.table:
		solid = -1
	}
	return cmp.Or(cmp.Compare(nodeID(e.from), nodeID(other.from)), cmp.Compare(mermaidNode(e.to), mermaidNode(other.to)), solid)
}

// mermaidNode is the box at the end of an edge.
func mermaidNode(to string) string {
	if to == subscribers {
		return `out(["subscribers"])`
	}
	return nodeID(to)
}

func nodeID(name string) string {
	return strings.NewReplacer(".", "_", "-", "_", " ", "_").Replace(name)
}
