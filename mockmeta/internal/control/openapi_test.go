package control

import (
	"maps"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

func loaded(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(description)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	return doc
}

func TestTheDescriptionNamesExactlyTheRoutes(t *testing.T) {
	t.Parallel()
	routes := append(slices.Collect(maps.Keys(New(nil, nil).routes())), "GET /control/events", "GET /control/openapi.yaml")
	var described []string
	for path, item := range loaded(t).Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	require.ElementsMatch(t, routes, described)
}

func TestTheDescriptionNamesExactlyTheFaults(t *testing.T) {
	t.Parallel()
	var described []string
	for _, kind := range loaded(t).Components.Schemas["Fault"].Value.Properties["kind"].Value.Enum {
		described = append(described, kind.(string))
	}
	require.ElementsMatch(t, world.FaultKinds(), described)
}
