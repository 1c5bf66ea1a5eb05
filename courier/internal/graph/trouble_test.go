package graph_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

func TestWhyMetaDidNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		wrong  bool
		where  string
		says   string
	}{
		"expired token":    {401, `{"error":{"message":"a-token","code":190,"error_subcode":463,"fbtrace_id":"Atrace"}}`, true, "whatsapp.access_token", "error code 190, subcode 463 (fbtrace_id Atrace)"},
		"bad token":        {401, `{"error":{"message":"a-token","code":190}}`, true, "whatsapp.access_token", "does not take the token"},
		"bad proof":        {400, `{"error":{"message":"Invalid appsecret_proof","code":100}}`, true, "whatsapp.app_secrets", "not that of the app"},
		"bad version":      {400, `{"error":{"code":2500}}`, true, "whatsapp.api_version", "no such version"},
		"no object":        {400, `{"error":{"code":100,"error_subcode":33}}`, true, "whatsapp.x", "does not find the thing"},
		"no right":         {403, `{"error":{"code":200}}`, true, "whatsapp.access_token", "no right to the thing"},
		"throttled":        {400, `{"error":{"code":80008,"fbtrace_id":"not a trace a-token"}}`, false, "whatsapp.x", "error code 80008"},
		"no Meta":          {502, `<html>a-token`, false, "whatsapp.base_url", "not Meta's API: Meta answered HTTP 502"},
		"no object at all": {200, `"a-token"`, false, "whatsapp.base_url", "not Meta's API"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Authorization") != "Bearer a-token" || !r.URL.Query().Has("appsecret_proof") {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		var into struct{}
		trouble := graph.Explain(client(server.URL).Post(t.Context(), struct{}{}, &into, "1"), "whatsapp.x", "the thing")
		server.Close()
		require.Equal(t, c.wrong, trouble.Wrong, name)
		require.Equal(t, c.where, trouble.Where, name)
		require.Contains(t, trouble.What, c.says, name)
		require.NotEmpty(t, trouble.Do, name)
		require.NotContains(t, trouble.Error(), "a-token", name)
		require.NotContains(t, trouble.Error(), "%", name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client("http://127.0.0.1:1").Get(ctx, nil, nil, "1")
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, graph.Explain(errors.New("boom"), "whatsapp.x", "the thing").Wrong)
}
