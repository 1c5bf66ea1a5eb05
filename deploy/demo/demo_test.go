package demo

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func raiseForTest(t *testing.T) *stage {
	t.Helper()
	s, err := raise(t.Context(), ports{}, progress{t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(context.Background())) })
	return s
}

// TestDemoLogin runs what `make demo ARGS=--once` runs, on free ports.
func TestDemoLogin(t *testing.T) {
	t.Parallel()
	s := raiseForTest(t)
	require.NoError(t, s.login(t.Context(), demoPhone, progress{t.Output()}))
}

// TestExplain wants the reason that only Kratos knows when no message leaves it.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := raiseForTest(t)
	require.NoError(t, s.courier.Kill())
	person, err := s.kratos.NewPerson(t.Context(), demoPhone, nil)
	require.NoError(t, err)
	login, err := person.Login(t.Context())
	require.NoError(t, err)
	_, err = login.RequestCode(t.Context(), nil)
	require.NoError(t, err)

	require.Eventually(t, func() bool {
		text := s.explain(t.Context(), demoPhone, errStopped).Error()
		return strings.Contains(text, "failed") && strings.Contains(text, "connection refused")
	}, pageWithin, 100*time.Millisecond, "the explanation does not say that Kratos could not connect")
}

// TestPortsTaken wants every taken port named, with who needs it.
func TestPortsTaken(t *testing.T) {
	t.Parallel()
	s := raiseForTest(t)
	taken := ports{page: portOf(t, s.pageURL), mockAPI: portOf(t, s.mock.APIURL)}

	err := taken.check()
	require.ErrorContains(t, err, "the sign-in page needs port")
	require.ErrorContains(t, err, "mockmeta (API) needs port")
	require.NotContains(t, err.Error(), "Kratos")
}

// TestPartDies wants the demo to say which part ended.
func TestPartDies(t *testing.T) {
	t.Parallel()
	s := raiseForTest(t)
	require.NoError(t, s.alive())
	require.NoError(t, s.courier.Kill())

	ctx, cancel := context.WithTimeout(t.Context(), pageWithin)
	defer cancel()
	err := s.watch(ctx)
	require.ErrorContains(t, err, "whatsapp-courier ended by itself")
	require.ErrorContains(t, err, "last lines of")
}

func portOf(t *testing.T, raw string) int {
	t.Helper()
	u, err := url.Parse(raw)
	require.NoError(t, err)
	_, text, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}
