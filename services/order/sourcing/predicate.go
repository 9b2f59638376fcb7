package sourcing

import (
	"errors"
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
)

// Bounds of a predicate.
const (
	maxPredicate = 2000 // bytes of text
	maxSteps     = 10_000
)

// Variables of predicates, by what they are about. Each is checked when the rules
// are read: a name or type that does not fit is a fault of the file.
var (
	orderVariables = []cel.EnvOption{
		cel.Variable("order.channel", cel.StringType),
		cel.Variable("order.class", cel.StringType),
		cel.Variable("order.country", cel.StringType),
		cel.Variable("order.region", cel.StringType),
		cel.Variable("order.postal_area", cel.StringType),
		cel.Variable("order.service", cel.StringType),
		cel.Variable("order.whole", cel.BoolType),
		cel.Variable("order.units", cel.IntType),
		cel.Variable("order.lines", cel.IntType),
		cel.Variable("order.amount", cel.IntType),
		cel.Variable("node.id", cel.StringType),
		cel.Variable("node.kind", cel.StringType),
		cel.Variable("node.partner", cel.StringType),
		cel.Variable("node.company", cel.StringType),
		cel.Variable("node.country", cel.StringType),
		cel.Variable("node.region", cel.StringType),
		cel.Variable("node.rank", cel.IntType),
		cel.Variable("node.waits_hours", cel.IntType),
	}
	lineVariables = []cel.EnvOption{
		cel.Variable("line.sku", cel.StringType),
		cel.Variable("line.qty", cel.IntType),
		cel.Variable("line.available", cel.IntType),
		cel.Variable("line.category", cel.StringType),
		cel.Variable("line.hazard", cel.StringType),
		cel.Variable("line.temperature", cel.StringType),
		cel.Variable("line.weight_g", cel.IntType),
	}
)

// environments are what predicates are read in: with a line, and without.
var environments = sync.OnceValues(func() (map[bool]*cel.Env, error) {
	node, err := cel.NewEnv(append(orderVariables, cel.ParserExpressionSizeLimit(maxPredicate))...)
	if err != nil {
		return nil, err
	}
	line, err := node.Extend(lineVariables...)
	return map[bool]*cel.Env{false: node, true: line}, err
})

// predicate is a condition of the rule file.
type predicate struct{ program cel.Program }

// compile reads a predicate; an empty one always holds.
func compile(text string, line bool) (*predicate, error) {
	if text == "" {
		return &predicate{}, nil
	}
	env, err := environments()
	if err != nil {
		return nil, fmt.Errorf("making the environment of predicates: %w", err)
	}
	ast, issues := env[line].Compile(text)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	if ast.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("%q is a %s; want a condition", text, ast.OutputType())
	}
	program, err := env[line].Program(ast, cel.CostLimit(maxSteps))
	if err != nil {
		return nil, err
	}
	return &predicate{program}, nil
}

// holds evaluates the predicate. The error is one of evaluation, such as an
// overflow or an index that is not there.
func (p *predicate) holds(facts map[string]any) (bool, error) {
	if p.program == nil {
		return true, nil
	}
	value, _, err := p.program.Eval(facts)
	if err != nil {
		return false, err
	}
	holds, ok := value.Value().(bool)
	if !ok {
		return false, errors.New("the condition is no boolean")
	}
	return holds, nil
}

// facts are the variables about order and node; withLine adds those of a line.
func facts(req *Request, site *Site) map[string]any {
	amount := int64(0)
	for i := range req.Needs {
		amount += req.Needs[i].Amount
	}
	waits := int64(0)
	if !site.Leaves.IsZero() {
		waits = int64(site.Leaves.Sub(req.At).Hours())
	}
	return map[string]any{
		"order.channel": req.Channel, "order.class": req.Class, "order.service": req.Service,
		"order.country": req.ShipTo.Country, "order.region": req.ShipTo.Region, "order.postal_area": req.ShipTo.PostalArea,
		"order.whole": req.Whole, "order.units": req.wanted(), "order.lines": int64(len(req.Needs)), "order.amount": amount,
		"node.id": site.Node, "node.kind": string(site.Kind), "node.partner": site.Partner, "node.company": site.Company,
		"node.country": site.Country, "node.region": site.Region, "node.rank": int64(site.Rank), "node.waits_hours": waits,
	}
}

func withLine(facts map[string]any, need *Need, available int64) map[string]any {
	facts["line.sku"], facts["line.qty"], facts["line.available"] = need.Product.Sku, need.Qty, available
	facts["line.category"], facts["line.hazard"], facts["line.temperature"] = need.Product.Category, need.Product.Hazard, need.Product.Temperature
	facts["line.weight_g"] = need.Product.WeightG
	return facts
}
