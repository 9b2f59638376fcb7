package filehttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/file/filehttp"
	"github.com/millrace/millrace/connectors/file/filestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// edge serves files into a driver.
func edge(t *testing.T) (url string, d *streamstest.Driver, dir string) {
	t.Helper()
	s := codec.NewMemory()
	dir = t.TempDir()
	room := filestream.New(filestream.Config{Schemas: s, Partners: partner.Shipped(), Dir: dir})
	d = streamstest.New(t, streamstest.Options{}, room.Topology)
	runs := streams.Topic[event.PartnerRun]{Name: topic.PartnerRun.Name, Value: codec.Of[event.PartnerRun](s, topic.PartnerRun)}
	e := &filehttp.Edge{Partners: partner.Shipped(), Dir: dir, Room: room, Rows: d, Start: func(_ context.Context, run *event.PartnerRun) error {
		streamstest.Send(d, runs, run.RunID, run)
		return nil
	}}
	mux := http.NewServeMux()
	e.Routes(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, d, dir
}

var drop = map[string]string{
	"orders.csv":        "order_id,customer_id,order_date,freight,ship_region,ship_postal_code,ship_country\n1,VINET,1996-07-04,0,,,France\n",
	"order_details.csv": "order_id,product_id,unit_price,quantity,discount\n1,11,14,12,0\n1,11,oops,12,0\n",
	"products.csv":      "product_id,product_name,unit_price,units_in_stock,units_on_order,discontinued\n11,Queso,21,0,0,0\n",
}

func form(t *testing.T, files map[string]string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for name, text := range files {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

func do(t *testing.T, request *http.Request) (int, []byte) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, b
}

func post(t *testing.T, url, contentType string, body io.Reader, headers ...string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return do(t, request)
}

func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, request)
}

func TestFilesStartARunThatCanBeFollowedAndItsRefusedRowsRead(t *testing.T) {
	url, d, _ := edge(t)
	contentType, body := form(t, drop)
	status, answer := post(t, url+"/v1/partners/northwind/files?seed=1", contentType, body)
	var accepted struct {
		RunID string `json:"run_id"`
	}
	if err := json.Unmarshal(answer, &accepted); err != nil || status != http.StatusAccepted || accepted.RunID == "" {
		t.Fatalf("%d %s", status, answer)
	}
	run := func() (r filehttp.Run) {
		status, b := get(t, url+"/v1/runs/"+accepted.RunID)
		if err := json.Unmarshal(b, &r); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, b)
		}
		return r
	}
	if r := run(); r.Phase != filehttp.Queued {
		t.Errorf("phase %s before the command was read", r.Phase)
	}
	d.Settle(time.Minute)
	r := run()
	if r.Phase != filestream.Done || r.RowsIn != 2 || r.Rows.Orders != 1 || r.RowsRefused["MALFORMED"] != 1 || r.Money["USD"] != "168.00" || r.MoneyRounding != "0" || r.FinishedAt == nil {
		t.Errorf("run %+v", r)
	}
	status, rows := get(t, url+"/v1/runs/"+accepted.RunID+"/refused")
	if status != http.StatusOK || strings.Count(string(rows), "\n") != 1 || !strings.Contains(string(rows), `"unit_price":"oops"`) {
		t.Errorf("%d %s", status, rows)
	}
}

func TestTheSameContentIsTheSameRunAndAnotherSeedIsNot(t *testing.T) {
	url, d, _ := edge(t)
	ids := make(map[string]bool)
	for _, seed := range []int{1, 1, 2} {
		contentType, body := form(t, drop)
		_, answer := post(t, fmt.Sprintf("%s/v1/partners/northwind/files?seed=%d", url, seed), contentType, body)
		var accepted map[string]any
		if err := json.Unmarshal(answer, &accepted); err != nil {
			t.Fatal(err)
		}
		ids[accepted["run_id"].(string)] = true
		d.Settle(time.Minute)
	}
	if len(ids) != 2 {
		t.Errorf("%d runs, want 2", len(ids))
	}
}

func TestBadUploadsAreRefusedWithAReasonAndLeaveNothing(t *testing.T) {
	url, _, dir := edge(t)
	sum := sha256.Sum256([]byte("other"))
	contentType, body := form(t, map[string]string{"orders.csv": "x"})
	for name, c := range map[string]struct {
		path, contentType string
		body              io.Reader
		headers           []string
		status            int
		code              string
	}{
		"unknown partner":  {"/v1/partners/nobody/files", "text/csv", strings.NewReader("x"), nil, 404, "PARTNER_UNKNOWN"},
		"no channel":       {"/v1/partners/erp/files", "text/csv", strings.NewReader("x"), nil, 404, "PARTNER_UNKNOWN"},
		"missing inputs":   {"/v1/partners/northwind/files", contentType, body, nil, 422, "FILES"},
		"no name":          {"/v1/partners/northwind/files", "text/csv", strings.NewReader("x"), nil, 422, "FILE_NAME"},
		"path in the name": {"/v1/partners/northwind/files?name=..%2Fx.csv", "text/csv", strings.NewReader("x"), nil, 422, "FILE_NAME"},
		"checksum":         {"/v1/partners/northwind/files?name=orders.csv", "text/csv", strings.NewReader("x"), []string{"X-Checksum-Sha256", hex.EncodeToString(sum[:])}, 422, "CHECKSUM"},
		"negative speed":   {"/v1/partners/northwind/files?name=orders.csv&speed=-1", "text/csv", strings.NewReader("x"), nil, 400, "PARAMETER"},
		"too large":        {"/v1/partners/online-retail/files?name=x.parquet", "application/octet-stream", io.LimitReader(zeros{}, filehttp.Limit+1), nil, 413, "TOO_LARGE"},
	} {
		status, answer := post(t, url+c.path, c.contentType, c.body, c.headers...)
		var problem httpd.Problem
		if err := json.Unmarshal(answer, &problem); err != nil || status != c.status || problem.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, status, answer, c.status, c.code)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestARunThatIsNotThereIsNotFound(t *testing.T) {
	url, _, _ := edge(t)
	for _, id := range []string{"x", "..", "57f84eb3-e4b0-519e-9534-e346668e73a4"} {
		if status, _ := get(t, url+"/v1/runs/"+id); status != http.StatusNotFound {
			t.Errorf("%s: %d", id, status)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
