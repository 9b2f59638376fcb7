// Package availabilitybench measures reads of availability over HTTP beside Redis
// on the same machine, and how soon a movement of stock can be seen.
//
// The server is a process of its own. Its load comes from one thread that keeps
// many connections busy and reads answers no further than it must, as
// redis-benchmark does, which loads the Redis beside it with as many connections
// and no pipelining. Values in Redis are as long as the answer for an item.
//
//   - Peak: each connection asks anew as soon as it has its answer.
//   - Half of the peak: requests are due at fixed times, whether or not there are
//     answers, and are as late as that.
//   - Movement to visible: from before a movement is written to Kafka until a
//     reader over HTTP sees it, by polling one item of its own for each sample.
package availabilitybench
