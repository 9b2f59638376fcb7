package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Bounds on what a broker may make a client hold, in bytes. A compressed batch
// of a few kilobytes can otherwise unfold to a gigabyte.
const (
	maxBatchBytes = 64 << 20
	maxReadBytes  = 128 << 20
)

// Config says how to reach a Kafka cluster.
type Config struct {
	Brokers  []string // host:port of any brokers of the cluster
	ClientID string   // the name in the brokers' logs and quotas
	TLS      *TLS     // nil: no TLS, for the loopback only
	SASL     *SASL    // nil: no user
}

// TLS names PEM files. Those of the client's own certificate are read at each
// handshake, so that a renewed certificate needs no restart.
type TLS struct {
	CAFile     string // authorities that sign the brokers; "" means the system's
	CertFile   string // own certificate for mutual TLS, or ""
	KeyFile    string // its key; both or none
	ServerName string // expected name, if it is not the broker's host
}

// SASL is a SCRAM user. The password file is read at each login, so that a
// rotated password needs no restart.
type SASL struct {
	Mechanism    string // SCRAM-SHA-512 or SCRAM-SHA-256
	User         string
	PasswordFile string
}

// Away says whether an error is that no broker answered, or that one cannot do yet
// what was asked: the same request may succeed later.
func Away(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || kerr.IsRetriable(err)
}

// ClientOptions returns the kgo options that every plain client shares: where
// the brokers are, who we are and how much memory they may cost. Consumers and
// transactional producers add their own.
func ClientOptions(c Config) ([]kgo.Opt, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("configuring Kafka client: no brokers; give at least one host:port")
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID(c.ClientID),
		kgo.MaxDecompressBatchBytes(maxBatchBytes),
		kgo.BrokerMaxReadBytes(maxReadBytes),
	}
	if c.TLS != nil {
		secured, err := tlsConfig(*c.TLS)
		if err != nil {
			return nil, fmt.Errorf("configuring TLS to Kafka: %w", err)
		}
		options = append(options, kgo.DialTLSConfig(secured))
	}
	if c.SASL != nil {
		mechanism, err := saslMechanism(*c.SASL)
		if err != nil {
			return nil, fmt.Errorf("configuring the user for Kafka: %w", err)
		}
		options = append(options, kgo.SASL(mechanism))
	}
	return options, nil
}

func tlsConfig(c TLS) (*tls.Config, error) {
	secured := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading authorities: %w", err)
		}
		secured.RootCAs = x509.NewCertPool()
		if !secured.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading authorities: %s holds no PEM certificate", c.CAFile)
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return nil, errors.New("a certificate needs its key and a key its certificate; give both files or none")
	}
	if c.CertFile != "" {
		own := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
			if err != nil {
				return nil, fmt.Errorf("reading own certificate: %w", err)
			}
			return &pair, nil
		}
		if _, err := own(); err != nil {
			return nil, err
		}
		secured.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own() }
	}
	return secured, nil
}

func saslMechanism(c SASL) (sasl.Mechanism, error) {
	login := func(context.Context) (scram.Auth, error) {
		password, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return scram.Auth{}, fmt.Errorf("reading password: %w", err)
		}
		return scram.Auth{User: c.User, Pass: strings.TrimRight(string(password), "\r\n")}, nil
	}
	if c.User == "" {
		return nil, errors.New("the user has no name")
	}
	if _, err := login(context.Background()); err != nil {
		return nil, err
	}
	switch c.Mechanism {
	case "SCRAM-SHA-512":
		return scram.Sha512(login), nil
	case "SCRAM-SHA-256":
		return scram.Sha256(login), nil
	default:
		return nil, fmt.Errorf("mechanism %q is not supported; use SCRAM-SHA-512 or SCRAM-SHA-256", c.Mechanism)
	}
}
