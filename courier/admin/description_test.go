package admin

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func described(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(description)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	return doc
}

func TestTheDescriptionNamesExactlyTheRoutes(t *testing.T) {
	t.Parallel()
	router := mux.NewRouter()
	(&API{}).Register(router.PathPrefix("/admin").Subrouter())
	var served []string
	require.NoError(t, router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		methods, none := route.GetMethods()
		if err == nil && none == nil {
			served = append(served, strings.Join(methods, ",")+" "+path)
		}
		return nil
	}))
	var named []string
	for path, item := range described(t).Paths.Map() {
		for method := range item.Operations() {
			named = append(named, method+" "+path)
		}
	}
	require.ElementsMatch(t, served, named)
}

// What Go has as words or fields is in the description, and nothing else.
func TestTheDescriptionHasTheWordsOfTheCode(t *testing.T) {
	t.Parallel()
	doc := described(t)
	schemas := doc.Components.Schemas
	require.ElementsMatch(t, texts(purposes()), schemas["Purpose"].Value.Enum)
	require.ElementsMatch(t, texts(channels()), schemas["Channel"].Value.Enum)
	for _, state := range schemas["State"].Value.Enum {
		require.True(t, courier.State(state.(string)).Known(), state)
	}
	require.Len(t, schemas["State"].Value.Enum, 12)
	require.ElementsMatch(t, texts(courier.Groupings()), schemas["Grouping"].Value.Enum)
	for name, of := range map[string]any{"Delivery": deliveryView{}, "Attempt": attemptView{}, "Report": report{}, "ReportTotal": totalView{}} {
		var fields []string
		for field := range schemas[name].Value.Properties {
			fields = append(fields, field)
		}
		require.ElementsMatch(t, jsonFields(of), fields, name)
	}
	var taken []string
	for _, parameter := range doc.Paths.Value("/admin/deliveries").Get.Parameters {
		taken = append(taken, parameter.Value.Name)
	}
	require.Equal(t, filters(), taken)
	for _, why := range []string{courier.RefusedEnded, courier.RefusedExpired, courier.RefusedUnderWay, courier.RefusedNoSMS} {
		require.Contains(t, *doc.Components.Responses["Conflict"].Value.Description, why)
	}
}

// conforms holds an answer against the description.
func conforms(t *testing.T, request *http.Request, answer *httptest.ResponseRecorder) {
	t.Helper()
	router, err := gorillamux.NewRouter(described(t))
	require.NoError(t, err)
	request = request.Clone(t.Context())
	request.URL.Path = "/admin" + request.URL.Path
	route, parameters, err := router.FindRoute(request)
	require.NoError(t, err, request.URL.Path)
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, Route: route, PathParams: parameters},
		Status:                 answer.Code, Header: answer.Header(), Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}), "%s %s answered %d %s", request.Method, request.URL.Path, answer.Code, answer.Body)
}

func texts[T ~string](all []T) []any {
	var some []any
	for _, one := range all {
		some = append(some, string(one))
	}
	return some
}

func jsonFields(of any) []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(of)) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return slices.Clip(names)
}
