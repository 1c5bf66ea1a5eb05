package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// newHealthCommand asks a running mock whether it answers. It is for containers, in
// which there is no other program that could ask.
func newHealthCommand() *cobra.Command {
	var control string
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Exit with status 0 if a running mockmeta answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			url := "http://" + control + "/control/health"
			request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, url, nil)
			if err != nil {
				return fmt.Errorf("--control: %w", err)
			}
			answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("%s answered %s", url, answer.Status)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&control, "control", defaultControl, "address of the running mock's control API")
	return cmd
}
