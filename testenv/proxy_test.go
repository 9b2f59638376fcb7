//go:build unix

package testenv_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv"
)

// echo starts a server that sends every byte back.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				_, _ = io.Copy(connection, connection)
			}()
		}
	}()
	return listener.Addr().String()
}

func dial(t *testing.T, proxy *testenv.Proxy, addr string) net.Conn {
	t.Helper()
	connection, err := proxy.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("dialling: %v", err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

// ask sends a line and returns how long its echo took.
func ask(connection net.Conn, patience time.Duration) (time.Duration, error) {
	start := time.Now()
	if err := connection.SetDeadline(start.Add(patience)); err != nil {
		return 0, err
	}
	if _, err := connection.Write([]byte("ping\n")); err != nil {
		return 0, err
	}
	_, err := bufio.NewReader(connection).ReadString('\n')
	return time.Since(start), err
}

func TestAProxyHoldsBytesBackForItsDelay(t *testing.T) {
	addr := echo(t)
	proxy := testenv.NewProxy(t, addr)
	connection := dial(t, proxy, addr)
	proxy.Delay(60 * time.Millisecond)
	took, err := ask(connection, 10*time.Second)
	if err != nil || took < 120*time.Millisecond {
		t.Errorf("there and back took %v (%v), want 60 ms each way", took, err)
	}
}

func TestACutProxyEndsConnectionsUntilItHeals(t *testing.T) {
	addr := echo(t)
	proxy := testenv.NewProxy(t, addr)
	before := dial(t, proxy, addr)
	if _, err := ask(before, 10*time.Second); err != nil {
		t.Fatalf("asking: %v", err)
	}
	proxy.Cut()
	if _, err := ask(before, 10*time.Second); err == nil {
		t.Error("a cut connection answered")
	}
	if _, err := ask(dial(t, proxy, addr), 10*time.Second); err == nil {
		t.Error("a connection through a cut proxy answered")
	}
	proxy.Heal()
	if _, err := ask(dial(t, proxy, addr), 10*time.Second); err != nil {
		t.Errorf("asking after Heal: %v", err)
	}
}

func TestAStalledProxyDeliversWhenItHeals(t *testing.T) {
	addr := echo(t)
	proxy := testenv.NewProxy(t, addr)
	connection := dial(t, proxy, addr)
	proxy.Stall()
	if _, err := ask(connection, 100*time.Millisecond); err == nil {
		t.Fatal("a stalled connection answered")
	}
	proxy.Heal()
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(connection).ReadString('\n'); err != nil || line != "ping\n" {
		t.Errorf("after Heal came %q (%v), want what was held back", line, err)
	}
}
