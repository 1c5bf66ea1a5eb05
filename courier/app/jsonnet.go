package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/jackc/puddle/v2"
	"github.com/ory/x/jsonnetsecure"
	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// jsonnetCommand is the hidden command that runs snippets in a process of its
// own. It must be one of the root command's.
func jsonnetCommand() *cobra.Command { return jsonnetsecure.NewJsonnetCmd() }

// jsonnetEvaluator runs jsonnet in child processes of this same program, as
// Kratos does: without imports, for a second and with 2 GiB of address space at
// most. Children start when they are needed.
type jsonnetEvaluator struct {
	program string
	mu      sync.Mutex
	pool    jsonnetsecure.Pool
}

// newJsonnet returns an evaluator. Close ends its children.
func newJsonnet() (*jsonnetEvaluator, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this program cannot be started again, which jsonnet needs: %w", err)
	}
	return &jsonnetEvaluator{program: program, pool: newJsonnetPool()}, nil
}

// newJsonnetPool asks for the fewest children that jsonnetsecure grants: five.
func newJsonnetPool() jsonnetsecure.Pool { return jsonnetsecure.NewProcessPool(0) }

// Close ends the children.
func (e *jsonnetEvaluator) Close() { e.current().Close() }

func (e *jsonnetEvaluator) current() jsonnetsecure.Pool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pool
}

// Evaluate implements sms.Evaluator.
func (e *jsonnetEvaluator) Evaluate(ctx context.Context, name, program string) (string, error) {
	request, err := json.Marshal(map[string]string{"Filename": name, "Snippet": program})
	if err != nil {
		return "", err
	}
	// A child stops without a word at 65,536 bytes (ory/x v0.0.729 reads with a
	// bufio.Scanner), of which ory/x's own part of the request takes 62.
	if len(request) > sms.MaxInput {
		return "", sms.ErrTooLong
	}
	for range 2 {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		pool := e.current()
		result, err := jsonnetsecure.MakeSecureVM(
			jsonnetsecure.WithProcessPool(pool), jsonnetsecure.WithJsonnetBinary(e.program), jsonnetsecure.WithProcessArgs("jsonnet"),
		).EvaluateAnonymousSnippet(name, program)
		tooLong := err != nil && strings.Contains(err.Error(), "ERROR: scan: ")
		if died := err == nil && result == ""; died || tooLong {
			e.replace(pool)
		}
		if result != "" || err != nil && !errors.Is(err, puddle.ErrClosedPool) {
			return result, err
		}
	}
	return "", errors.New("the process that runs jsonnet died")
}

// replace gives up a pool with a child that died or whose answer could not be
// read: jsonnetsecure keeps such a child, which answers nothing from then on.
func (e *jsonnetEvaluator) replace(pool jsonnetsecure.Pool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pool == pool {
		e.pool = newJsonnetPool()
		// It waits for evaluations under way.
		go pool.Close()
	}
}
