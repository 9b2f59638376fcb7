//go:build unix

package testenv

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv/internal/install"
	"github.com/millrace/millrace/testenv/internal/process"
)

const (
	apicurioVersion = "3.3.3"
	apicurioImage   = "apicurio/apicurio-registry:" + apicurioVersion
	apicurioArchive = "io.apicurio:apicurio-registry-app:" + apicurioVersion + ":tar.gz:all"
	apicurioJava    = 21
)

// RegistryServer is a running Apicurio Registry, which speaks the REST interface
// of Confluent's. Its compatibility level is NONE until a test sets another. It
// keeps its schemas through Stop, Kill and Restart.
type RegistryServer struct {
	*process.Server
	port int
}

// URL returns the base of the Confluent-compatible interface, without a slash
// at its end.
func (r *RegistryServer) URL() string {
	return fmt.Sprintf("http://127.0.0.1:%d/apis/ccompat/v7", r.port)
}

// Registry starts a registry for this test and ends it with the test.
func Registry(t testing.TB) *RegistryServer {
	t.Helper()
	need(t, "registry")
	registry, err := StartRegistry(t.Context())
	check(t, "registry", err)
	endWith(t, "registry", registry.Server)
	return registry
}

// StartRegistry starts a registry that lives until Stop or Kill, or until this
// process ends.
func StartRegistry(ctx context.Context) (*RegistryServer, error) {
	ctx, cancel := context.WithTimeout(ctx, installPatience)
	defer cancel()
	command, err := apicurio(ctx)
	if err != nil {
		return nil, err
	}
	command.Name = "registry"
	if command.Dir, err = install.StateDir("registry"); err != nil {
		return nil, err
	}
	command.Log = filepath.Join(command.Dir, "log")
	registry := &RegistryServer{}
	if registry.port, err = install.Port(); err != nil {
		return nil, err
	}
	management, err := install.Port()
	if err != nil {
		return nil, err
	}
	command.Env = append(command.Env,
		"QUARKUS_HTTP_HOST=127.0.0.1", fmt.Sprint("QUARKUS_HTTP_PORT=", registry.port),
		"QUARKUS_MANAGEMENT_HOST=127.0.0.1", fmt.Sprint("QUARKUS_MANAGEMENT_PORT=", management),
		"QUARKUS_HTTP_ACCESS_LOG_ENABLED=false", "QUARKUS_LOG_LEVEL=WARN",
		"APICURIO_STORAGE_KIND=sql", "APICURIO_STORAGE_SQL_KIND=h2",
		"APICURIO_DATASOURCE_URL=jdbc:h2:file:"+filepath.Join(command.Dir, "registry"),
	)
	registry.Server = process.New(command, func(ctx context.Context) error {
		return answers(ctx, registry.URL()+"/subjects")
	})
	return registry, begin(ctx, registry.Server)
}

// apicurio returns the program, installed if need be.
func apicurio(ctx context.Context) (process.Command, error) {
	const heap = "-Xmx384m"
	if install.Docker() {
		command := process.Command{Image: apicurioImage, Env: []string{"JAVA_OPTS_APPEND=" + heap}}
		return command, install.Image(ctx, apicurioImage)
	}
	java, err := install.Java(ctx, apicurioJava)
	if err != nil {
		return process.Command{}, err
	}
	app, err := install.Once(ctx, "apicurio-"+apicurioVersion, func(ctx context.Context, dir string) error {
		return install.Archive(ctx, apicurioArchive, dir)
	})
	jar := filepath.Join(app, "quarkus-run.jar")
	return process.Command{Path: java, Args: []string{heap, "-XX:+UseSerialGC", "-jar", jar}}, err
}

// answers returns nil when a GET of the URL is answered with 200.
func answers(ctx context.Context, url string) error {
	client := http.Client{Timeout: 3 * time.Second}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("asking the registry: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking the registry: %w", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return fmt.Errorf("reading the registry's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the registry answers %s", response.Status)
	}
	return nil
}
