//go:build unix

package testenv

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv/internal/install"
	"github.com/millrace/millrace/testenv/internal/process"
)

const redisImage = "redis:7.2"

// RedisServer is a running Redis without a password. It appends every write to a
// file that is synced each second, so that data is there again after Kill.
type RedisServer struct {
	*process.Server
	addr string
}

// Addr returns host:port.
func (r *RedisServer) Addr() string { return r.addr }

// Redis starts a Redis for this test and ends it with the test.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	need(t, "redis")
	redis, err := StartRedis(t.Context())
	check(t, "redis", err)
	endWith(t, "redis", redis.Server)
	return redis
}

const redisConfig = `bind 127.0.0.1
port %d
dir %s
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
`

// StartRedis starts a Redis that lives until Stop or Kill, or until this process
// ends.
func StartRedis(ctx context.Context) (*RedisServer, error) {
	ctx, cancel := context.WithTimeout(ctx, installPatience)
	defer cancel()
	command := process.Command{Name: "redis", Path: "redis-server"}
	var err error
	if install.Docker() {
		command.Image = redisImage
		err = install.Image(ctx, redisImage)
	} else {
		err = install.Package(ctx, "redis-server", "redis-server")
	}
	if err != nil {
		return nil, err
	}
	if command.Dir, err = install.StateDir("redis"); err != nil {
		return nil, err
	}
	command.Log = filepath.Join(command.Dir, "log")
	port, err := install.Port()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(command.Dir, "redis.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, redisConfig, port, command.Dir), 0o600); err != nil {
		return nil, fmt.Errorf("writing the configuration of redis: %w", err)
	}
	command.Args = []string{config}
	redis := &RedisServer{addr: fmt.Sprintf("127.0.0.1:%d", port)}
	redis.Server = process.New(command, func(ctx context.Context) error { return ping(ctx, redis.addr) })
	return redis, begin(ctx, redis.Server)
}

// ping returns nil when the Redis at addr has loaded its data and answers.
func ping(ctx context.Context, addr string) error {
	dialer := net.Dialer{Timeout: time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("connecting to redis: %w", err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return fmt.Errorf("connecting to redis: %w", err)
	}
	if _, err := connection.Write([]byte("PING\r\n")); err != nil {
		return fmt.Errorf("asking redis: %w", err)
	}
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return fmt.Errorf("reading the answer of redis: %w", err)
	}
	if answer != "+PONG\r\n" {
		return fmt.Errorf("redis answers %q", answer)
	}
	return nil
}
