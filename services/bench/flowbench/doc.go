// Package flowbench measures the way of an order from the click to the promise
// of its units, over HTTP and a real Kafka.
//
//   - Paced: orders are posted when they are due, whether or not there are
//     answers. Accepted to allocated is from the time of the order.accepted
//     record until a reader of committed records sees order.allocated, and so
//     includes the transaction of both. Click to answer and click to allocated
//     begin when the order was due.
//   - Sustained: orders are posted as fast as they are allocated, with a bounded
//     number of them on their way; it counts those that were allocated.
package flowbench
