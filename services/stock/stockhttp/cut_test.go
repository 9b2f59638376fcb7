package stockhttp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock/stockhttp"
)

const (
	announced = 300 << 20 // bytes
	sent      = 270 << 20 // more than any buffer, and than the files of partners may have
	// headroom is how much more memory may be in use while a baseline comes in than
	// before it: 64 rows on their way and what the collector has not come to yet.
	headroom = 64 << 20
)

// A warehouse announces a baseline of 300 MB and its connection breaks after 270.
// The rows went through to their topic as they came, none is kept on the way, and
// no item takes any.
func TestABaselineOf300MBCutShortTakesNothingAndNoMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("streams 270 MB, which takes a quarter of a minute")
	}
	d := newDesk(t)
	var rows, manifests atomic.Int64
	write := func(ctx context.Context, name, key string, value []byte) (int32, int64, error) {
		if name == topic.InventoryBaselineBatch.Name {
			manifests.Add(1)
		} else if n := rows.Add(1); n > 30 { // of the items that are known to the room
			return 0, n, nil
		}
		return d.write(ctx, name, key, value)
	}
	mux := http.NewServeMux()
	stockhttp.New(stockhttp.Config{Room: d.room, Rows: d.driver, Write: write, Schemas: codec.NewMemory(), Now: d.driver.Now}).Routes(mux)
	server := httptest.NewServer(mux)
	defer server.Close()

	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	before, most := inUse(), uint64(0)
	out := bufio.NewWriterSize(conn, 64<<10)
	fmt.Fprintf(out, "PUT "+upload+" HTTP/1.1\r\nHost: stock\r\nIdempotency-Key: once\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n", "huge", 2, announced)
	for n, bytes := 0, 0; bytes < sent; n++ {
		written, err := fmt.Fprintf(out, "{\"sku\":\"sku%d\",\"node\":\"north\",\"quantity\":9,\"unit_value\":100}%s\n", n, strings.Repeat(" ", 400))
		if err != nil {
			t.Fatal(err)
		}
		bytes += written
		if n%10_000 == 0 {
			most = max(most, inUse())
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil { // the rest never comes
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var problem httpd.Problem
	if err := json.Unmarshal(body, &problem); err != nil || response.StatusCode != http.StatusBadRequest || problem.Code != "CUT_SHORT" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if most > before+headroom {
		t.Errorf("%d MiB in use before, %d MiB while the baseline came", before>>20, most>>20)
	}
	if rows.Load() < 500_000 || manifests.Load() != 0 {
		t.Errorf("%d rows and %d manifests went through, want half a million rows and no manifest", rows.Load(), manifests.Load())
	}
	t.Logf("%d rows; %d MiB in use before, at most %d MiB while they came", rows.Load(), before>>20, most>>20)

	d.rest()
	if got := d.state("huge"); got != "staging" {
		t.Errorf("it is %s while its manifest may still come", got)
	}
	d.driver.Advance(25 * time.Hour)
	d.rest()
	if got := d.state("huge"); got != "refused" {
		t.Errorf("it is %s a day later", got)
	}
	if sum, err := d.room.Summary(d.driver); err != nil || sum.OnHand != 300 {
		t.Errorf("%+v, %v: something was taken", sum, err)
	}
}

// inUse is the memory of live and not yet collected objects, in bytes.
func inUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func TestABodyOrARowThatIsTooLargeIsRefusedForWhatItIs(t *testing.T) {
	d := newDesk(t)
	long := `{"sku":"sku0","node":"north","quantity":1` + strings.Repeat(" ", 16<<10) + "}\n"
	if w := d.send("PUT", fmt.Sprintf(upload, "b1", 2), strings.NewReader(long)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"/1"`) {
		t.Errorf("a long row: %d %s", w.Code, w.Body)
	}
	limited := http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(string(counted(30, 9)))), 200)
	if w := d.send("PUT", fmt.Sprintf(upload, "b1", 2), limited); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d %s", w.Code, w.Body)
	}
	if d.wrote[topic.InventoryBaselineBatch.Name] != 0 {
		t.Errorf("wrote %v", d.wrote)
	}
}
