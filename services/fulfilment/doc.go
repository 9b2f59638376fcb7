// Package fulfilment says in one set of words how far each node is. It is pure;
// package fulfilmentstream wires it to topics.
//
// In: fulfilment.reported, a node's own word as its connector heard it.
// Out: fulfilment.status, the canonical word, and shipment.confirmed.
//
// A partner's table reads its words; a word that no table knows becomes UNMAPPED,
// is passed on raw and counted, and stops nothing. The course of a fulfilment
// only goes forward, whatever the order of arrival; a shipment document counts
// once, however late it comes.
package fulfilment
