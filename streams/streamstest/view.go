package streamstest

import (
	"fmt"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

func (d *Driver) program(app string) (*program, error) {
	for _, p := range d.programs {
		if p.spec.App == app {
			return p, nil
		}
	}
	return nil, fmt.Errorf("streamstest: no topology %s", app)
}

// Rows implements streams.Committed.
func (d *Driver) Rows(app, key string) (store.Reader, error) {
	p, err := d.program(app)
	if err != nil {
		return nil, err
	}
	return p.tasks[partitionOf([]byte(key), d.opts.Partitions)].rows, nil
}

// Written is how many bytes of rows a topology has committed so far, keys and
// values: what its changelog holds before compaction, less the records' own frames.
func (d *Driver) Written(app string) (int64, error) {
	p, err := d.program(app)
	if err != nil {
		return 0, err
	}
	return p.written, nil
}

// AllRows implements streams.Committed.
func (d *Driver) AllRows(app string) ([]store.Reader, error) {
	p, err := d.program(app)
	if err != nil {
		return nil, err
	}
	var all []store.Reader
	for _, r := range p.tasks {
		all = append(all, r.rows)
	}
	return all, nil
}

// TableRows implements streams.Committed.
func (d *Driver) TableRows(app, topic, key string) (store.Reader, int32, error) {
	p, err := d.program(app)
	if err != nil {
		return nil, 0, err
	}
	n := partitionOf([]byte(key), d.opts.Partitions)
	rows := p.tasks[n].copies[topic]
	if rows == nil {
		return nil, n, fmt.Errorf("streamstest: topology %s has no partitioned table %s", app, topic)
	}
	return rows, n, nil
}

// openCopies opens a task's partitions of the partitioned tables.
func (d *Driver) openCopies(p *program, n int32) map[string]store.Partition {
	copies := make(map[string]store.Partition)
	for _, topic := range p.spec.Partitioned {
		rows, err := p.store.Open(changelog.TableSpace(p.spec.App, topic), n)
		d.check(err)
		copies[topic] = rows
	}
	return copies
}

// readCopies brings them up to date.
func (d *Driver) readCopies(p *program, n int32, r *running) {
	for topic, rows := range r.copies {
		parts := d.topics[topic]
		if parts == nil {
			continue
		}
		cursor, _, err := rows.Cursor()
		d.check(err)
		if cursor.Next == parts[n].end() {
			continue
		}
		var batch store.Batch
		for offset := cursor.Next; offset < parts[n].end(); offset++ {
			record := parts[n].at(offset)
			row := changelog.TableChange(record.Key, changelog.TableRow{Offset: record.Offset, Timestamp: record.Timestamp, Value: record.Value})
			batch.Rows = append(batch.Rows, row)
		}
		batch.Cursor = store.Cursor{Next: parts[n].end(), AppliedAt: d.now}
		var leases store.Leases
		d.check(rows.Apply(leases.Take(store.Task{App: changelog.TableSpace(p.spec.App, topic), Partition: n}, store.Active), batch))
	}
}
