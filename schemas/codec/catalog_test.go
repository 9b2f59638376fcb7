package codec_test

import (
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

func init() {
	records[topic.CatalogSubmit.Name] = ofTopic[event.CatalogSubmit]
	records[topic.CatalogResolve.Name] = ofTopic[event.CatalogResolve]
	records[topic.CatalogJudged.Name] = ofTopic[event.CatalogJudged]
	states["catalog_row"] = ofState[event.CatalogRow]
	states["catalog_wanting"] = ofState[event.CatalogWanting]
}
