package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// KeyEnv holds the API key, and URLEnv the base URL unless --url is given.
const (
	KeyEnv = "COURIER_ADMIN_KEY"
	URLEnv = "COURIER_ADMIN_URL"
)

const defaultURL = "http://127.0.0.1:4480"

// Commands are the commands for operators.
func Commands() []*cobra.Command {
	return []*cobra.Command{deliveriesCommand(), limitsCommand(), numbersCommand(), healthCommand(), reportsCommand()}
}

// exits is what the help of each group says of the exit status.
const exits = "Exit status: 0 done, 1 a fault or a wrong call, 2 refused by a rule, 3 no such delivery, 4 the key is not\n" +
	"taken, or may only read.\n\n" +
	"The API key is taken from " + KeyEnv + ", or from the file that " + KeyEnv + "_FILE\n" +
	"names, never from a flag. --url is the courier's private listener; " + URLEnv + " changes what it is\n" +
	"without the flag."

// options are the flags of all commands.
type options struct{ url, format string }

// group is a command that only has others below it.
func group(use, short, long string, commands func(*options) []*cobra.Command) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{Use: use, Short: short, Long: long + "\n\n" + exits, Args: cobra.NoArgs}
	flags := cmd.PersistentFlags()
	urlFlag(flags, &o.url)
	flags.StringVar(&o.format, "format", "table", strings.Join(formats(), ", "))
	complete(cmd, "format", formats()...)
	cmd.AddCommand(commands(o)...)
	return cmd
}

func urlFlag(flags *pflag.FlagSet, url *string) {
	flags.StringVar(url, "url", "", "base URL of the courier's private listener, or unix: and the path of its socket (default "+defaultURL+")")
}

// Reach is how to ask the courier that the flag, the environment or the default names: its
// base URL, and a client that gets there. Of a unix socket the URL has only a name.
func Reach(flag string, timeout time.Duration) (*url.URL, *http.Client, error) {
	client := &http.Client{Timeout: timeout, CheckRedirect: stay}
	named := cmp.Or(flag, os.Getenv(URLEnv), defaultURL)
	if socket, found := strings.CutPrefix(named, "unix:"); found && filepath.IsAbs(socket) {
		client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}
		return &url.URL{Scheme: "http", Host: "localhost"}, client, nil
	}
	at, err := url.Parse(named)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, nil, fmt.Errorf("--url: must be the base URL of the courier's private listener, such as %s, or its socket, such as unix:/run/whatsapp-courier/private.sock", defaultURL)
	}
	return at, client, nil
}

// complete lets a shell complete the values of a flag.
func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // it fails for unknown flags only
}

// session is one call of a command.
type session struct {
	client
	format   string
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
}

// run makes a session of a command's flags and its environment.
func run(o *options, do func(context.Context, *session, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(formats(), o.format) {
			return errors.New("--format: must be one of " + strings.Join(formats(), ", "))
		}
		at, asking, err := Reach(o.url, requestTimeout)
		if err != nil {
			return err
		}
		key, err := apiKey()
		if err != nil {
			return err
		}
		s := &session{
			client: client{base: at, key: key, http: asking},
			format: o.format, in: cmd.InOrStdin(), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), now: time.Now,
		}
		return do(cmd.Context(), s, args)
	}
}
