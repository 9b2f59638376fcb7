package streams

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// VersionedCodec is a codec whose bytes tell which version of a type they are,
// and that reads every older one. Make it with Versioned and Upgrade.
type VersionedCodec[T any] struct {
	version int
	codec   Codec[T]
	// older reads the versions below; nil for the first one.
	older func(version int, b []byte, v *T) error
	// judge returns why bytes of an older version under an inner schema cannot be
	// read.
	judge func(version int, schema string) error
}

// Versioned is a codec of the first version of a type. It also reads the bytes
// of codec itself, so that it can take the place of codec when rows exist.
func Versioned[T any](codec Codec[T]) *VersionedCodec[T] {
	return &VersionedCodec[T]{version: 1, codec: codec}
}

// Upgrade is a codec of the version after old: it writes T with codec, and reads
// older bytes by converting what old reads. Rows are converted when they are
// next written, so a program may be a mixture for long; keep the whole chain:
//
//	var (
//		v1 = streams.Versioned(streams.JSON[accountV1]())
//		v2 = streams.Upgrade(v1, streams.JSON[accountV2](), func(old *accountV1) (accountV2, error) {
//			return accountV2{Cents: old.Euros * 100}, nil
//		})
//	)
func Upgrade[Old, T any](old *VersionedCodec[Old], codec Codec[T], convert func(old *Old) (T, error)) *VersionedCodec[T] {
	return &VersionedCodec[T]{
		version: old.version + 1, codec: codec, judge: old.canRead,
		older: func(version int, b []byte, v *T) error {
			var o Old
			if err := old.decode(version, b, &o); err != nil {
				return err
			}
			var err error
			if *v, err = convert(&o); err != nil {
				return fmt.Errorf("converting %T of version %d to %T: %w", o, old.version, *v, err)
			}
			return nil
		},
	}
}

// versionMark leads versioned bytes. No JSON, text, Avro frame or protobuf
// message begins with it, so bytes without it are of the first version.
const versionMark = 0xfe

// Append implements Codec.
func (c *VersionedCodec[T]) Append(dst []byte, v *T) ([]byte, error) {
	out, err := c.codec.Append(binary.AppendUvarint(append(dst, versionMark), uint64(c.version)), v)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Decode implements Codec. It refuses a version that it does not know by name.
func (c *VersionedCodec[T]) Decode(b []byte, v *T) error {
	if len(b) == 0 || b[0] != versionMark {
		return c.decode(1, b, v)
	}
	version, n := binary.Uvarint(b[1:])
	if n <= 0 || version == 0 {
		return fmt.Errorf("reading version of %T: the bytes are damaged", *v)
	}
	if version > uint64(c.version) {
		return c.newer(version)
	}
	return c.decode(int(version), b[1+n:], v)
}

func (c *VersionedCodec[T]) decode(version int, b []byte, v *T) error {
	if version < c.version {
		return c.older(version, b, v)
	}
	return c.codec.Decode(b, v)
}

func (c *VersionedCodec[T]) newer(version uint64) error {
	var v T
	return fmt.Errorf("version %d of %T was written by a newer program; this one knows versions up to %d", version, v, c.version)
}

const versionWord = "version "

// Schema implements SchemaCodec: the version, and on the lines below what the
// codec of that version tells.
func (c *VersionedCodec[T]) Schema() string {
	return versionWord + strconv.Itoa(c.version) + "\n" + schemaOf(c.codec).Text
}

// CanRead implements SchemaCodec.
func (c *VersionedCodec[T]) CanRead(written string) error {
	head, inner, _ := strings.Cut(written, "\n")
	number, ok := strings.CutPrefix(head, versionWord)
	if !ok { // of the codec that Versioned took the place of
		return c.canRead(1, written)
	}
	version, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return fmt.Errorf("reading version %q: %w", number, err)
	}
	if version > uint64(c.version) {
		return c.newer(version)
	}
	return c.canRead(int(version), inner)
}

func (c *VersionedCodec[T]) canRead(version int, schema string) error {
	if version < c.version {
		return c.judge(version, schema)
	}
	if s := schemaOf(c.codec); s.CanRead != nil && schema != "" && schema != s.Text {
		return s.CanRead(schema)
	}
	return nil
}
