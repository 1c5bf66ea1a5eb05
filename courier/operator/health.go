package operator

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// healthTimeout is shorter than what container engines give a health check by default.
const healthTimeout = 5 * time.Second

// healthCommand asks a running courier whether it is ready. It is for containers, in
// which there is no other program that could ask.
func healthCommand() *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Exit with status 0 if a running courier is ready",
		Long: "Asks /health/ready of a running courier's private listener, and exits with status 0 if it is ready, or\n" +
			"with 1 and the reason. It needs no key. `serve webhook` has no private listener and cannot be asked.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, client, err := Reach(base, healthTimeout)
			if err != nil {
				return err
			}
			request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, at.JoinPath("health", "ready").String(), nil)
			if err != nil {
				return err
			}
			answer, err := client.Do(request)
			if err != nil {
				return fmt.Errorf("the courier cannot be asked: %w", err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("the courier is not ready: %s answered %s; its log says why", request.URL.Redacted(), answer.Status)
			}
			return nil
		},
	}
	urlFlag(cmd.Flags(), &base)
	return cmd
}
