package rediscache

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability"
)

// Fields of a row that are no node.
const (
	fieldVersion = "v"
	fieldAsOf    = ".as_of"
	fieldSource  = ".source"
	fieldPools   = ".pools"
)

// forward replaces the row at KEYS[1] by the fields in ARGV after the version in
// ARGV[1], if that is newer.
var forward = redis.NewScript(`
local v = redis.call('HGET', KEYS[1], 'v')
if v and tonumber(v) >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', unpack(ARGV))
return 1`)

// finish writes the epoch KEYS[2] if the mark KEYS[1] is still there.
var finish = redis.NewScript(`
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
return 1`)

// nodePools are the pools of a node, as field .pools lists them.
type nodePools struct {
	Node  string            `json:"node"`
	Pools []event.PoolShare `json:"pools"`
}

// encode returns the arguments of forward.
func encode(row availability.Row) ([]any, error) {
	args := make([]any, 0, 7+2*len(row.Nodes))
	var pools []nodePools
	args = append(args,
		row.Version,
		fieldAsOf, row.AsOf.UnixMicro(),
		fieldSource, fmt.Sprintf("%s %d %d", row.Source.Topic, row.Source.Partition, row.Source.Offset))
	for i := range row.Nodes {
		n := &row.Nodes[i]
		args = append(args, fieldOf(n.Node), n.Available-event.KeptUnits(n.Pools))
		if len(n.Pools) > 0 {
			pools = append(pools, nodePools{n.Node, n.Pools})
		}
	}
	if pools == nil {
		return args, nil
	}
	text, err := json.Marshal(pools)
	return append(args, fieldPools, text), err
}

func fieldOf(node string) string {
	if node == "" || node == fieldVersion || node[0] == '.' {
		return "./" + node
	}
	return node
}

// decode reads a row; no fields are a row without a version.
func decode(sku string, fields map[string]string) (availability.Row, error) {
	row := availability.Row{SKU: sku}
	if len(fields) == 0 {
		return row, nil
	}
	var pools []nodePools
	row.Nodes = make([]availability.NodeUnits, 0, max(0, len(fields)-3))
	for field, text := range fields {
		var err error
		switch field {
		case fieldSource:
			row.Source, err = sourceOf(text)
		case fieldPools:
			err = json.Unmarshal([]byte(text), &pools)
		case fieldVersion:
			row.Version, err = strconv.ParseInt(text, 10, 64)
		case fieldAsOf:
			var micros int64
			micros, err = strconv.ParseInt(text, 10, 64)
			row.AsOf = time.UnixMicro(micros).UTC()
		default:
			n := availability.NodeUnits{Node: strings.TrimPrefix(field, "./")}
			n.Available, err = strconv.ParseInt(text, 10, 64)
			row.Nodes = append(row.Nodes, n)
		}
		if err != nil {
			return row, fmt.Errorf("field %q: %w", field, err)
		}
	}
	for _, p := range pools {
		if i := slices.IndexFunc(row.Nodes, func(n availability.NodeUnits) bool { return n.Node == p.Node }); i >= 0 {
			row.Nodes[i].Pools = p.Pools
			row.Nodes[i].Available += event.KeptUnits(p.Pools)
		}
	}
	slices.SortFunc(row.Nodes, func(a, b availability.NodeUnits) int { return strings.Compare(a.Node, b.Node) })
	return row, nil
}

// sourceOf reads topic, partition and offset; the topic of a row without a
// source is empty.
func sourceOf(text string) (s availability.Source, err error) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 {
		return s, fmt.Errorf("%q is not a topic, a partition and an offset", text)
	}
	partition, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil {
		return s, err
	}
	s.Topic, s.Partition = parts[0], int32(partition)
	s.Offset, err = strconv.ParseInt(parts[2], 10, 64)
	return s, err
}
