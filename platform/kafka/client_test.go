package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/platform/kafka"
)

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate makes a self-signed certificate for the loopback and returns it
// with the PEM files of certificate and key.
func certificate(t *testing.T) (pair tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return pair, secretFile(t, string(certPEM)), secretFile(t, string(keyPEM))
}

func TestClientsReachASecuredClusterOnlyWithTheRightSecrets(t *testing.T) {
	pair, certFile, keyFile := certificate(t)
	authorities := x509.NewCertPool()
	authorities.AddCert(pair.Leaf)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(),
		kfake.Superuser("SCRAM-SHA-512", "orders", "right"), kfake.Superuser("SCRAM-SHA-256", "stock", "right"),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities}))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	right, wrong := secretFile(t, "right\n"), secretFile(t, "wrong")
	mutual := &kafka.TLS{CAFile: certFile, CertFile: certFile, KeyFile: keyFile}
	cases := map[string]struct {
		tls  *kafka.TLS
		sasl *kafka.SASL
		ok   bool
	}{
		"SCRAM-SHA-512":  {mutual, &kafka.SASL{Mechanism: "SCRAM-SHA-512", User: "orders", PasswordFile: right}, true},
		"SCRAM-SHA-256":  {mutual, &kafka.SASL{Mechanism: "SCRAM-SHA-256", User: "stock", PasswordFile: right}, true},
		"wrong password": {mutual, &kafka.SASL{Mechanism: "SCRAM-SHA-512", User: "orders", PasswordFile: wrong}, false},
		"no user":        {mutual, nil, false},
		"no certificate": {&kafka.TLS{CAFile: certFile}, &kafka.SASL{Mechanism: "SCRAM-SHA-512", User: "orders", PasswordFile: right}, false},
		"unknown broker": {&kafka.TLS{CertFile: certFile, KeyFile: keyFile}, &kafka.SASL{Mechanism: "SCRAM-SHA-512", User: "orders", PasswordFile: right}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			options, err := kafka.ClientOptions(kafka.Config{Brokers: cluster.ListenAddrs(), ClientID: "test", TLS: c.tls, SASL: c.sasl})
			if err != nil {
				t.Fatal(err)
			}
			client, err := kgo.NewClient(append(options, kgo.RequestRetries(0))...)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.Ping(t.Context()); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestClientOptionsRefuseWhatCannotWork(t *testing.T) {
	_, certFile, _ := certificate(t)
	brokers := []string{"127.0.0.1:9092"}
	password := secretFile(t, "x")
	cases := map[string]struct {
		config kafka.Config
		want   string
	}{
		"no broker":       {kafka.Config{}, "at least one host:port"},
		"plain passwords": {kafka.Config{Brokers: brokers, SASL: &kafka.SASL{Mechanism: "PLAIN", User: "u", PasswordFile: password}}, "SCRAM-SHA-512"},
		"no password":     {kafka.Config{Brokers: brokers, SASL: &kafka.SASL{Mechanism: "SCRAM-SHA-512", User: "u", PasswordFile: "/nowhere/secret"}}, "reading password"},
		"no user":         {kafka.Config{Brokers: brokers, SASL: &kafka.SASL{Mechanism: "SCRAM-SHA-512", PasswordFile: password}}, "no name"},
		"half a pair":     {kafka.Config{Brokers: brokers, TLS: &kafka.TLS{CertFile: certFile}}, "give both files or none"},
		"no authorities":  {kafka.Config{Brokers: brokers, TLS: &kafka.TLS{CAFile: password}}, "no PEM certificate"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := kafka.ClientOptions(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}
