package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

var _ sms.Evaluator = (*jsonnetEvaluator)(nil)

// TestMain lets the test program play the part of its own children.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "jsonnet" {
		root := jsonnetCommand()
		root.SetArgs(os.Args[2:])
		if root.Execute() != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func evaluator(t *testing.T) *jsonnetEvaluator {
	t.Helper()
	e, err := newJsonnet()
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return e
}

func TestJsonnet(t *testing.T) {
	t.Parallel()
	e := evaluator(t)
	result, err := e.Evaluate(t.Context(), "sms.http.body", `(function(ctx) {to: ctx.to, n: std.length(ctx.list)})({"to":"+12025550143","list":[1,"ü😀\u003c"]})`)
	require.NoError(t, err)
	require.JSONEq(t, `{"to":"+12025550143","n":2}`, result)
}

func TestJsonnetThatMustNotHarm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ program, want string }{
		"fault":       {`{`, "sms.http.body:1:2"},
		"error":       {`error "no"`, "no"},
		"import":      {`import '/etc/passwd'`, "import not available"},
		"importstr":   {`importstr '/etc/passwd'`, "import not available"},
		"environment": {`std.extVar('PATH')`, "PATH"},
		"runs away":   {`local sum(f) = std.foldl(function(a, n) a + f(n), std.range(1, 10000), 0); sum(function(i) sum(function(j) sum(function(k) k)))`, "deadline exceeded"},
		"recursion":   {`local f(n) = 1 + f(n + 1); f(1)`, "max stack frames exceeded"},
		"grows away":  {`std.length(std.makeArray(1e9, function(i) i))`, ""},
		"huge result": {`std.repeat('x', 100000)`, ""},
		"huge input":  {`'` + strings.Repeat("x", 60<<10) + `'`, "more than 60 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := evaluator(t)
			began := time.Now()
			_, err := e.Evaluate(t.Context(), "sms.http.body", tc.program)
			require.ErrorContains(t, err, tc.want)
			require.Less(t, time.Since(began), 20*time.Second)
			result, err := e.Evaluate(t.Context(), "sms.http.body", `1 + 1`)
			require.NoError(t, err, "the next one suffers")
			require.Equal(t, "2", strings.TrimSpace(result))
		})
	}
}

// TestJsonnetOfManyAtOnce has some that spoil their child.
func TestJsonnetOfManyAtOnce(t *testing.T) {
	t.Parallel()
	e := evaluator(t)
	var group errgroup.Group
	for i := range 30 {
		group.Go(func() error {
			if i%10 == 5 {
				_, _ = e.Evaluate(t.Context(), "sms.http.body", `std.repeat('x', 100000)`)
				return nil
			}
			result, err := e.Evaluate(t.Context(), "sms.http.body", fmt.Sprintf(`%d + 1`, i))
			if err == nil && strings.TrimSpace(result) != strconv.Itoa(i+1) {
				err = fmt.Errorf("%d + 1 = %s", i, result)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
}

func TestJsonnetNeedsTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := evaluator(t).Evaluate(ctx, "sms.http.body", `1`)
	require.ErrorIs(t, err, context.Canceled)
}
