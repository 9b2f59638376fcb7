// Package fulfilment says in one set of words how far each node is. It is pure;
// package fulfilmentstream wires it to topics.
//
// In: fulfilment.reported and parcel.reported, the own word of a node or a carrier
// as a connector heard it.
// Out: fulfilment.status and parcel.status, the canonical word;
// shipment.confirmed; alert.raised for a word that no table knows.
//
// A partner's table reads its words (table.go, known.go). A word that no table
// knows becomes UNMAPPED, is passed on raw, and waits in a queue: when a mended
// table knows it, it is read again. It stops nothing. The course of a fulfilment
// only goes forward, whatever the order of arrival; a shipment document counts
// once, however late it comes. Where a parcel stands follows from all that was
// stated of it (parcel.go); only a correction of its source takes it back.
package fulfilment
