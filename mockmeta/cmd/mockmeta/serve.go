package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "mockmeta",
		Version:       built(version),
		Short:         "A mock of Meta's WhatsApp Cloud API with simulated phones",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServeCommand(), newHealthCommand())
	strict(root)
	return root
}

// built is the version that the linker was given, or else the one that Go noted.
func built(stamped string) string {
	info, ok := debug.ReadBuildInfo()
	if stamped != "" || !ok {
		return stamped
	}
	return info.Main.Version
}

// files are what serve writes for those who started it.
type files struct{ address, ca string }

// defaultControl is where the control API listens unless --control says otherwise.
const defaultControl = "127.0.0.1:4491"

func newServeCommand() *cobra.Command {
	var o mockmeta.Options
	var out files
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the Graph API, the SMS API, the control API and the phones until stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			return serve(cmd, o, out)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.APIAddr, "api", "127.0.0.1:4490", "address of the Graph API and the SMS API; port 0 takes a free one")
	f.StringVar(&o.ControlAddr, "control", defaultControl, "address of the control API and the page with the phones")
	f.BoolVar(&o.AllowRemote, "allow-remote", false, "allow addresses that are not loopback; whoever reaches the control API can read every code")
	f.BoolVar(&o.TLS, "tls", false, "serve the API over https (HTTP/2 and HTTP/1.1) with a certificate of a CA made at start")
	f.StringVar(&out.ca, "ca-file", "", "write the CA's certificate to this file (with --tls)")
	f.StringVar(&o.AccessToken, "access-token", mockmeta.DefaultAccessToken, "the bearer token that the Graph API takes")
	f.StringVar(&o.AppSecret, "app-secret", mockmeta.DefaultAppSecret, "the secret that signs the webhooks")
	f.StringVar(&o.VerifyToken, "verify-token", mockmeta.DefaultVerifyToken, "the token of the handshake with --webhook-url")
	f.StringVar(&o.TwilioAccountSID, "twilio-account-sid", mockmeta.DefaultTwilioAccountSID, "user of the SMS API")
	f.StringVar(&o.TwilioAuthToken, "twilio-auth-token", mockmeta.DefaultTwilioAuthToken, "password of the SMS API")
	f.StringVar(&o.WebhookURL, "webhook-url", "", "callback to subscribe at start; the handshake is repeated until it works")
	f.StringVar(&o.Shape, "webhook-shape", mockmeta.ShapeV24, "shape of status webhooks: v23 (with conversation), v24, v26 (with user ids)")
	f.BoolVar(&o.Calm, "calm", false, "no jitter, no duplicates, no disorder unless asked for")
	f.Uint64Var(&o.Seed, "seed", 0, "repeat the run with that seed; 0 takes one at random")
	f.BoolVar(&o.Lenient, "lenient", false, "take unknown fields in requests instead of reporting them")
	f.BoolVar(&o.RefuseExpiredVersions, "refuse-expired-versions", false, "refuse Graph API versions that have ended, instead of answering as the oldest live one with a warning")
	f.IntVar(&o.Throughput, "throughput", 80, "messages a second that a sending number may send; -1 for no limit")
	f.DurationVar(&o.PairEvery, "pair-every", 0, "time for one more message to one recipient, after a burst of 45; negative for no limit (default 6s)")
	f.DurationVar(&o.SentAfter, "sent-after", 0, "time from acceptance to sent (default 50ms)")
	f.DurationVar(&o.DeliveredAfter, "delivered-after", 0, "time from sent to delivered (default 100ms)")
	f.DurationVar(&o.ReadAfter, "read-after", 0, "time from delivered to read (default 300ms)")
	f.IntVar(&o.MaxMessages, "max-messages", 0, "how many messages are remembered (default 10000)")
	f.StringVar(&out.address, "address-file", "", `write the addresses to this file once listening, as {"api":"...","control":"..."}`)
	return cmd
}

func serve(cmd *cobra.Command, o mockmeta.Options, out files) error {
	s, err := mockmeta.Start(o)
	if err != nil {
		return err
	}
	defer s.Close()
	mood := fmt.Sprintf("Lightly misbehaving with seed %d; --seed repeats it, --calm switches it off", s.Seed)
	if o.Calm {
		mood = "Calm"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), `mockmeta is a mock: nothing it takes reaches a real phone, and it forgets everything when it stops.
Graph API and SMS API:   %s
Phones and control API:  %s
%s.
`, s.URL, s.ControlURL, mood)
	if out.ca != "" {
		if err := os.WriteFile(out.ca, s.CA(), 0o644); err != nil {
			return fmt.Errorf("--ca-file: %w", err)
		}
	}
	if out.address != "" {
		if err := writeAddresses(out.address, s.URL, s.ControlURL); err != nil {
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
