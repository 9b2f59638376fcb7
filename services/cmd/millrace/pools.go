package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockhttp"
)

func stockCommand(to *remote) *cobra.Command {
	cmd := &cobra.Command{Use: "stock", Short: "Decide for whom units are kept"}
	pools := &cobra.Command{Use: "pools", Short: "Units of an item that are kept for some channels or classes of customers"}
	pools.AddCommand(poolsListCommand(to), poolsSetCommand(to), poolsReleaseCommand(to))
	cmd.AddCommand(pools)
	return cmd
}

func poolsListCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "list SKU",
		Short: "List the pools of an item, in the order in which they are covered",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var item stock.Item
			return show(cmd, to, itemPath(args[0]), &item, func() (any, [][]string) {
				rows := [][]string{{"POOL", "NODE", "QUANTITY", "USED", "KEPT NOW", "CHANNELS", "CLASSES", "UNTIL"}}
				for _, p := range item.Pools {
					until := ""
					if p.Until != nil {
						until = p.Until.Format(time.RFC3339)
					}
					rows = append(rows, []string{
						p.Pool, p.Node, strconv.FormatInt(p.Qty, 10), strconv.FormatInt(p.Used, 10), strconv.FormatInt(p.Units, 10),
						strings.Join(p.Channels, ","), strings.Join(p.Classes, ","), until,
					})
				}
				return item.Pools, rows
			})
		},
	}
}

func poolsSetCommand(to *remote) *cobra.Command {
	var channels, classes []string
	var until string
	cmd := &cobra.Command{
		Use:     "set SKU POOL NODE QUANTITY",
		Short:   "Keep units of an item at a node, or change how many and for whom",
		Example: "  millrace stock pools set WS-1002 launch north 40 --channel shop --until 2026-12-01T00:00:00Z",
		Args:    cobra.ExactArgs(4),
		RunE: func(cmd *cobra.Command, args []string) error {
			qty, err := strconv.ParseInt(args[3], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("a quantity is a whole number of units, got %q", args[3])}
			}
			p := stock.Pool{Pool: args[1], Node: args[2], Qty: qty, Channels: channels, Classes: classes}
			if until != "" {
				at, err := time.Parse(time.RFC3339, until)
				if err != nil {
					return usageError{fmt.Errorf("--until: %w", err)}
				}
				p.Until = &at
			}
			return to.changePools(cmd.Context(), args[0], func(all []stock.Pool) ([]stock.Pool, error) {
				if at := slices.IndexFunc(all, func(o stock.Pool) bool { return o.Pool == p.Pool }); at >= 0 {
					all[at] = p
					return all, nil
				}
				return append(all, p), nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&channels, "channel", nil, "who may take from it; none: all channels")
	cmd.Flags().StringSliceVar(&classes, "class", nil, "classes of customers that may take from it; none: all")
	cmd.Flags().StringVar(&until, "until", "", "when what is left is free for everybody, as 2026-12-01T00:00:00Z; none keeps it until it is released")
	return cmd
}

func poolsReleaseCommand(to *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "release SKU POOL",
		Short: "End a pool: what is left of it is free for everybody",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return to.changePools(cmd.Context(), args[0], func(all []stock.Pool) ([]stock.Pool, error) {
				left := slices.DeleteFunc(slices.Clone(all), func(p stock.Pool) bool { return p.Pool == args[1] })
				if len(left) == len(all) {
					return nil, fmt.Errorf("item %s has no pool %q; millrace stock pools list %s shows them", args[0], args[1], args[0])
				}
				return left, nil
			})
		},
	}
}

func itemPath(sku string) string { return "/v1/stock/items/" + url.PathEscape(sku) }

// changePools reads the pools of an item and writes all of them changed, as the
// version after the one read: of two that change the same version one is not taken.
func (r *remote) changePools(ctx context.Context, sku string, change func([]stock.Pool) ([]stock.Pool, error)) error {
	var item stock.Item
	if err := r.get(ctx, itemPath(sku), &item); err != nil {
		return err
	}
	all, err := change(item.Pools)
	if err != nil {
		return err
	}
	row := stockhttp.Pools{Version: item.PoolsVersion + 1, Pools: []stockhttp.Pool{}}
	for _, p := range all {
		row.Pools = append(row.Pools, stockhttp.Pool{Pool: p.Pool, Node: p.Node, Qty: p.Qty, Channels: p.Channels, Classes: p.Classes, Until: p.Until})
	}
	body, err := json.Marshal(row)
	if err != nil {
		return err
	}
	answer, err := r.open(ctx, http.MethodPut, itemPath(sku)+"/pools", bytes.NewReader(body), http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		return err
	}
	return answer.Close()
}
