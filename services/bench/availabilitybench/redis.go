//go:build linux

package availabilitybench

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os/exec"
	"strconv"
)

// redisRate has redis-benchmark run a command and returns how often a second it
// did.
func (o *Options) redisRate(ctx context.Context, count int, command ...string) (float64, error) {
	host, port, err := net.SplitHostPort(o.Redis)
	if err != nil {
		return 0, fmt.Errorf("reading the address of redis: %w", err)
	}
	args := append([]string{"-h", host, "-p", port, "-c", strconv.Itoa(o.Connections), "-n", strconv.Itoa(count), "--csv"}, command...)
	out, err := exec.CommandContext(ctx, o.RedisBenchmark, args...).Output()
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", o.RedisBenchmark, err)
	}
	return rateOf(out)
}

// rateOf reads the table of redis-benchmark: a line a command, the second column
// its rate.
func rateOf(table []byte) (float64, error) {
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 || len(rows[len(rows)-1]) < 2 {
		return 0, fmt.Errorf("redis-benchmark wrote %.200q, which is no table: %w", table, err)
	}
	return strconv.ParseFloat(rows[len(rows)-1][1], 64)
}
