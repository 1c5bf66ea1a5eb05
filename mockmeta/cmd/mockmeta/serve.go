package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "mockmeta",
		Short:         "A mock of Meta's WhatsApp Cloud API with simulated phones",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServeCommand())
	return root
}

func newServeCommand() *cobra.Command {
	var o mockmeta.Options
	var addressFile string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the Graph API, the SMS API, the control API and the phones until stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			return serve(cmd, o, addressFile)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.APIAddr, "api", "127.0.0.1:4490", "address of the Graph API and the SMS API; port 0 takes a free one")
	f.StringVar(&o.ControlAddr, "control", "127.0.0.1:4491", "address of the control API and the page with the phones")
	f.StringVar(&o.AccessToken, "access-token", mockmeta.DefaultAccessToken, "the bearer token that the Graph API takes")
	f.StringVar(&o.AppSecret, "app-secret", mockmeta.DefaultAppSecret, "the secret that signs the webhooks")
	f.StringVar(&o.VerifyToken, "verify-token", mockmeta.DefaultVerifyToken, "the token of the handshake with --webhook-url")
	f.StringVar(&o.TwilioAccountSID, "twilio-account-sid", mockmeta.DefaultTwilioAccountSID, "user of the SMS API")
	f.StringVar(&o.TwilioAuthToken, "twilio-auth-token", mockmeta.DefaultTwilioAuthToken, "password of the SMS API")
	f.StringVar(&o.WebhookURL, "webhook-url", "", "callback to subscribe at start; the handshake is repeated until it works")
	f.BoolVar(&o.Calm, "calm", false, "no jitter, no duplicates, no disorder unless asked for")
	f.DurationVar(&o.SentAfter, "sent-after", 0, "time from acceptance to sent (default 50ms)")
	f.DurationVar(&o.DeliveredAfter, "delivered-after", 0, "time from sent to delivered (default 100ms)")
	f.DurationVar(&o.ReadAfter, "read-after", 0, "time from delivered to read (default 300ms)")
	f.StringVar(&addressFile, "address-file", "", `write the addresses to this file once listening, as {"api":"...","control":"..."}`)
	return cmd
}

func serve(cmd *cobra.Command, o mockmeta.Options, addressFile string) error {
	s, err := mockmeta.Start(o)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(cmd.ErrOrStderr(), "mockmeta is a mock: nothing it takes reaches a real phone, and it forgets everything when it stops.\n"+
		"Graph API and SMS API: %s\nPhones and control API: %s\n", s.URL, s.ControlURL)
	if addressFile != "" {
		if err := writeAddresses(addressFile, s.URL, s.ControlURL); err != nil {
			return fmt.Errorf("--address-file: %w", err)
		}
	}
	select {
	case <-cmd.Context().Done():
		return nil
	case err := <-s.Err():
		return err
	}
}

// writeAddresses replaces the file in one step, so that nobody reads half of it.
func writeAddresses(path, apiURL, controlURL string) error {
	addresses := map[string]string{}
	for name, raw := range map[string]string{"api": apiURL, "control": controlURL} {
		u, err := url.Parse(raw)
		if err != nil {
			return err
		}
		addresses[name] = u.Host
	}
	raw, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".addresses-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	if _, err := tmp.Write(raw); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
