package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/deploy/demo/signin"
)

const (
	defaultAddress = "127.0.0.1:4455"
	// grace is how long requests under way may take to end.
	grace = 5 * time.Second
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "signin",
		Short:         "The sign-in page of the demo: it makes an account for whoever asks, so it is for trying out only",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServeCommand(), newHealthCommand())
	return root
}

func newServeCommand() *cobra.Command {
	var c signin.Config
	var address string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the page until stopped",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), address, signin.New(c)) },
	}
	f := cmd.Flags()
	f.StringVar(&address, "address", defaultAddress, "where the page listens")
	f.StringVar(&c.PageURL, "page-url", "http://"+defaultAddress, "where browsers find the page")
	f.StringVar(&c.KratosURL, "kratos-url", "http://127.0.0.1:4433", "Kratos' public API, as browsers reach it: under the same host name as the page")
	f.StringVar(&c.KratosAPIURL, "kratos-api-url", "", "Kratos' public API, as this program reaches it (default: --kratos-url)")
	f.StringVar(&c.KratosAdminURL, "kratos-admin-url", "http://127.0.0.1:4434", "Kratos' admin API, which makes the accounts")
	f.StringVar(&c.PhonesURL, "phones-url", "", "page with the simulated phones, as browsers reach it (default: no link)")
	f.StringVar(&c.StatusURL, "status-url", "", "where the courier says where to look for a code (status.enabled), as this program reaches it (default: the page does not ask)")
	return cmd
}

func serve(ctx context.Context, address string, page http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("--address: %w", err)
	}
	server := &http.Server{Handler: page, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

func newHealthCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Exit with status 0 if a running page answers; for containers, in which no other program could ask",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, "http://"+address+signin.HealthPath, nil)
			if err != nil {
				return fmt.Errorf("--address: %w", err)
			}
			answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("%s answered %s", request.URL, answer.Status)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&address, "address", defaultAddress, "where the running page listens")
	return cmd
}
