package httpd

import "bytes"

// plain is a request that Express may answer; its parts are those of the buffer
// it was read from.
type plain struct {
	path, query []byte
	id          []byte // X-Request-Id
	held        []byte // If-None-Match; nil without one
}

// readPlain reads the request that b begins with, and returns its length; 0 says
// that it is not plain, or not whole. It takes nothing that two readers could
// understand differently: where in doubt, net/http decides.
func readPlain(b []byte) (r plain, size int) {
	line, rest, ok := cutLine(b)
	if !ok || !bytes.HasPrefix(line, []byte("GET /")) || !bytes.HasSuffix(line, []byte(" HTTP/1.1")) {
		return plain{}, 0
	}
	target := line[len("GET ") : len(line)-len(" HTTP/1.1")]
	for _, c := range target {
		if c <= ' ' || c > '~' || c == '#' {
			return plain{}, 0
		}
	}
	r.path, r.query, _ = bytes.Cut(target, []byte("?"))
	hosts := 0
	for {
		if line, rest, ok = cutLine(rest); !ok {
			return plain{}, 0
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) || !isText(value) {
			return plain{}, 0
		}
		value = bytes.Trim(value, " \t")
		switch {
		case named(name, "Host"):
			if hosts++; !isHost(value) {
				return plain{}, 0
			}
		case named(name, "If-None-Match"):
			if r.held != nil {
				return plain{}, 0
			}
			r.held = value
		case named(name, RequestIDHeader):
			if r.id != nil {
				return plain{}, 0
			}
			r.id = value
		case named(name, "Connection"):
			if !named(value, "keep-alive") {
				return plain{}, 0
			}
		case named(name, "Content-Length"), named(name, "Transfer-Encoding"), named(name, "Trailer"),
			named(name, "Expect"), named(name, "Upgrade"):
			return plain{}, 0
		}
	}
	if hosts != 1 {
		return plain{}, 0
	}
	return r, len(b) - len(rest)
}

// cutLine cuts a line and its CR LF off b; a lone LF is no end of a line.
func cutLine(b []byte) (line, rest []byte, ok bool) {
	end := bytes.IndexByte(b, '\n')
	if end < 1 || b[end-1] != '\r' {
		return nil, nil, false
	}
	return b[:end-1], b[end+1:], true
}

func named(given []byte, name string) bool {
	return len(given) == len(name) && bytes.EqualFold(given, []byte(name))
}

// isToken says whether b is letters, digits and dashes, of which the names of
// headers are made.
func isToken(b []byte) bool {
	for _, c := range b {
		if !isAlnum(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(b) > 0
}

// isText says whether b is printable ASCII, blanks and tabs.
func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' && c != '\t') || c > '~' {
			return false
		}
	}
	return true
}

// isHost says whether b may be a name or an address, with or without a port.
func isHost(b []byte) bool {
	for _, c := range b {
		if !isAlnum(c) && bytes.IndexByte([]byte("-._:[]"), c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
