package streamsbench

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// What plots show.
const (
	plotCommit   = "commit"
	plotRecovery = "recovery"
)

// Plot draws the sweeps of the report as SVG files in dir, and returns their
// names there, by what they show. A sweep that was not measured has none.
func (r *Report) Plot(dir string) (map[string]string, error) {
	files := make(map[string]string)
	if len(r.Commits) > 0 {
		files[plotCommit] = "streams-commit.svg"
		if err := r.plotCommits(filepath.Join(dir, files[plotCommit])); err != nil {
			return nil, err
		}
	}
	if len(r.Recoveries) > 0 {
		files[plotRecovery] = "streams-recovery.svg"
		if err := r.plotRecoveries(filepath.Join(dir, files[plotRecovery])); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (r *Report) plotCommits(file string) error {
	lines := make(map[string]plotter.XYs)
	for _, c := range r.Commits {
		name := r.name(c.Contestant)
		lines[name] = append(lines[name], plotter.XY{X: c.IntervalMS, Y: c.PerSecond / 1000})
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "Throughput against the commit interval", "commit interval, ms", "thousand records/s"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Y.Min = 0
	return save(p, lines, file)
}

func (r *Report) plotRecoveries(file string) error {
	lines := make(map[string]plotter.XYs)
	for _, x := range r.Recoveries {
		lines["state on disk"] = append(lines["state on disk"], plotter.XY{X: float64(x.Keys), Y: x.Kept})
		lines["disk lost"] = append(lines["disk lost"], plotter.XY{X: float64(x.Keys), Y: x.Lost})
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "First output after kill -9", "keys in the state", "seconds"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Y.Min = 0
	return save(p, lines, file)
}

// save draws lines, in the order of their names, and writes the picture.
func save(p *plot.Plot, lines map[string]plotter.XYs, file string) error {
	var args []any
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		args = append(args, name, lines[name])
	}
	if err := plotutil.AddLinePoints(p, args...); err != nil {
		return fmt.Errorf("drawing %s: %w", file, err)
	}
	p.Add(plotter.NewGrid())
	p.Legend.Top = true
	if err := p.Save(18*vg.Centimeter, 10*vg.Centimeter, file); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}
