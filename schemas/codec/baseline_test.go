package codec_test

import (
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

func init() {
	records[topic.InventoryBaseline.Name] = ofTopic[event.InventoryBaseline]
	records[topic.InventoryBaselineStaged.Name] = ofTopic[event.InventoryBaselineStaged]
	records[topic.InventoryBaselineBatch.Name] = ofTopic[event.InventoryBaselineBatch]
}
