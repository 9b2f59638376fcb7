package availability

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/schemas/event"
)

// Kits knows which items are sold as one and shipped as their parts. The zero
// value knows none; it is not safe for concurrent use.
type Kits struct {
	parts  map[string][]event.KitPart     // by kit
	within map[string]map[string]struct{} // kits by part
}

// Put takes the product master's row of an item.
func (k *Kits) Put(p *event.ProductPublished) {
	k.Delete(p.Sku)
	if p.Kind != event.LineKindKit || len(p.Parts) == 0 {
		return
	}
	if k.parts == nil {
		k.parts, k.within = make(map[string][]event.KitPart), make(map[string]map[string]struct{})
	}
	k.parts[p.Sku] = p.Parts
	for _, part := range p.Parts {
		if k.within[part.Sku] == nil {
			k.within[part.Sku] = make(map[string]struct{})
		}
		k.within[part.Sku][p.Sku] = struct{}{}
	}
}

// Delete forgets a kit.
func (k *Kits) Delete(sku string) {
	for _, part := range k.parts[sku] {
		delete(k.within[part.Sku], sku)
		if len(k.within[part.Sku]) == 0 {
			delete(k.within, part.Sku)
		}
	}
	delete(k.parts, sku)
}

// Parts are what a kit is made of, nil when the item is none.
func (k *Kits) Parts(sku string) []event.KitPart { return k.parts[sku] }

// Within returns the kits that an item is a part of, in order.
func (k *Kits) Within(sku string) []string {
	kits := make([]string, 0, len(k.within[sku]))
	for kit := range k.within[sku] {
		kits = append(kits, kit)
	}
	slices.Sort(kits)
	return kits
}

// Assembled is what can be sold of a kit: at each node what its parts there give,
// none below zero, as far as a view offers it. rows are those of the parts, in
// their order. The row has no version and no source of its own; it is as old as
// its newest part.
func Assembled(sku string, parts []event.KitPart, rows []Row, view View) Row {
	kit := Row{SKU: sku}
	counted := make(map[string][]int64) // sets by node, one of each part
	for i, part := range parts {
		if rows[i].AsOf.After(kit.AsOf) {
			kit.AsOf = rows[i].AsOf
		}
		for j := range rows[i].Nodes {
			n := &rows[i].Nodes[j]
			if counted[n.Node] == nil {
				counted[n.Node] = make([]int64, len(parts))
			}
			counted[n.Node][i] = sets(view.Offered(n), part.Qty)
		}
	}
	for node, each := range counted {
		kit.Nodes = append(kit.Nodes, NodeUnits{Node: node, Available: slices.Min(each)})
	}
	slices.SortFunc(kit.Nodes, func(a, b NodeUnits) int { return strings.Compare(a.Node, b.Node) })
	return kit
}

// Sets is how many of a kit the parts give together, wherever they stand: a kit
// may leave from several nodes. total is what can be promised of each part, in
// the order of parts.
func Sets(parts []event.KitPart, total []int64) int64 {
	least := int64(-1)
	for i, part := range parts {
		if n := sets(total[i], part.Qty); least < 0 || n < least {
			least = n
		}
	}
	return max(0, least)
}

func sets(available, qty int64) int64 {
	if qty < 1 { // no kit can be made of a part nobody counted
		return 0
	}
	return max(0, available) / qty
}
