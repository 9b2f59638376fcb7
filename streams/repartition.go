package streams

import (
	"fmt"
	"maps"
	"slices"
)

// Repartition declares a topic through which one part of the topology hands
// records to another under a key of its choice: NAME.repartition with the
// topology's name before it. The runtime makes it with as many partitions as the
// inputs have. Nothing is repartitioned unless it is sent here and received:
//
//	byCustomer := streams.Repartition(t, "by-customer", streams.JSON[Order]())
//	streams.Send(orders, byCustomer)
//	streams.Receive(customers, byCustomer)
//
// A record keeps the timestamp of the record that caused it, so that windows
// behind it see the same event time; what a timer or an answer sends has the
// stream time. Records are kept until they were handled, and deleted soon after, for
// which the process needs the right to delete records of the topic.
func Repartition[V any](t *Topology, name string, value Codec[V]) Topic[V] {
	topic := t.compiled.RepartitionTopic(name)
	if name == "" || t.compiled.Repartitions[topic] {
		t.fault("repartition %q: the name is empty or taken", name)
	}
	if t.compiled.Repartitions == nil {
		t.compiled.Repartitions = make(map[string]bool)
	}
	t.compiled.Repartitions[topic] = true
	return Topic[V]{Name: topic, Value: value}
}

// unfinished lists the faults that only the whole declaration shows.
func (t *Topology) unfinished() (faults []error) {
	for _, topic := range slices.Sorted(maps.Keys(t.compiled.Repartitions)) {
		if t.compiled.Input(topic) == nil {
			faults = append(faults, fmt.Errorf("topic %s: nobody receives it, so its records would pile up: add streams.Receive", topic))
		}
		if t.compiled.Output(topic) == nil {
			faults = append(faults, fmt.Errorf("topic %s: nobody sends to it: add streams.Send", topic))
		}
	}
	return faults
}
