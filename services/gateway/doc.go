// Package gateway is what the HTTP edges of all rooms share beyond platform/httpd:
// the channels that may sell, money as text, the idempotency key, how long a
// client wants to wait, the request that another process must answer, and the
// API document. It knows no room.
package gateway
