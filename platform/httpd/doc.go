// Package httpd is what every HTTP edge shares and no edge should write twice:
// a server with bounds on time and size, a strict JSON decoder that points at
// the wrong field, problem documents (RFC 9457), conditional reads, and the
// endpoints that operators ask.
//
// A request passes, outermost first,
//
//	RequestID -> Observe (log and metrics) -> Recover -> LimitBody -> mux
//
// and Chain with Standard builds exactly this. Observe reads the matched
// pattern from the request after the mux has set it, so no middleware inside
// it may replace the request by a copy.
package httpd
