package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"FALLBACK_AFTR", "SERVE_PUBLIC", "WHATSAPP_ACESS_TOKEN"}, unknownVariables([]string{
		"WHATSAPP_ACESS_TOKEN=x", "WHATSAPP_ACCESS_TOKEN=x", "FALLBACK_AFTR=1s", "SERVE_PUBLIC=x", "SERVE_PUBLIC_PORT=1", "DSN=memory",
		"KRATOS_SERVICE_HOST=10.0.0.1", "KRATOS_PORT=tcp://10.0.0.1:80", "KRATOS_PORT_80_TCP_ADDR=10.0.0.1", "SMS_SERVICE_PORT_HTTP=1",
		"PATH=/bin", "HOME=/", "WHATSAPPER=x", "VERSION_X=1", "LOG_LEVEL=warn",
	}, settings()))
}

// A misspelt variable is told of by its name, not by its value.
func TestUnknownVariablesAreWarnedOf(t *testing.T) {
	t.Setenv("WHATSAPP_ACESS_TOKEN", "very-secret-value")
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	c.Serve.Private.Port, c.Serve.Public.Port = 0, 0
	log := &output{}
	a, err := New(t.Context(), c, Options{Log: log})
	require.NoError(t, err)
	require.NoError(t, a.Close())
	require.Contains(t, log.String(), "WHATSAPP_ACESS_TOKEN")
	require.Contains(t, log.String(), "level=warning")
	require.NotContains(t, log.String(), "very-secret-value")
}
