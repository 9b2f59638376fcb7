// Package tap is the room of those who look at topics without a Kafka client:
// analysts and tools. It owns no state, writes nothing, and reads what was
// committed. Its edge is taphttp.
package tap
