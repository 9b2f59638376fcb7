package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/order/orderhttp"
)

func ordersLostCommand(to *remote) *cobra.Command {
	var shipment, redress string
	cmd := &cobra.Command{
		Use:   "lost ORDER [--shipment SHIPMENT] [--redress refund|reship]",
		Short: "Say that a shipment of an order will not arrive",
		Long: "Says that a shipment will not arrive. It is made good once, by --redress, else as the partner file of the channel\n" +
			"says. If it turns up later and is returned, nothing more is paid. Of an order with one shipment that one is meant.",
		Example: "  millrace orders lost shop:260105-090000-00001 --redress refund",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/v1/orders/" + url.PathEscape(args[0])
			var o orderhttp.Order
			if shipment == "" {
				if err := to.get(cmd.Context(), path, &o); err != nil {
					return err
				}
				var err error
				if shipment, err = onlyShipment(&o); err != nil {
					return err
				}
			}
			word := map[string]any{"action": "lost", "shipment_id": shipment, "redress": redress}
			if err := to.resolve(cmd.Context(), path+"/resolve", "requested_by", word, &o); err != nil {
				return err
			}
			asJSON, err := to.asJSON()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(o)
			}
			return printOrder(&o)
		},
	}
	cmd.Flags().StringVar(&shipment, "shipment", "", "id of the shipment")
	cmd.Flags().StringVar(&redress, "redress", "", "how it is made good: refund or reship; as the channel does without one")
	return cmd
}

// onlyShipment is the id of the one shipment of an order.
func onlyShipment(o *orderhttp.Order) (string, error) {
	if len(o.Shipments) == 1 {
		return o.Shipments[0].ShipmentID, nil
	}
	var ids []string
	for _, s := range o.Shipments {
		ids = append(ids, s.ShipmentID)
	}
	return "", fmt.Errorf("order %s has %d shipments; name one by --shipment: %s", o.OrderID, len(ids), strings.Join(ids, ", "))
}
