package courier

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Options are what any courier must be told.
type Options struct {
	// Private listens for Kratos, Public for Meta: host:port.
	Private, Public string
	// KratosKey is in the header X-API-Key of Kratos' requests.
	KratosKey string

	MetaURL, MetaVersion, MetaToken, PhoneNumberID, AppSecret, VerifyToken string

	Template  string
	Languages []string // the first is the default

	// SMS goes to the Twilio form of this provider.
	SMSURL, SMSAccount, SMSToken, SMSFrom string

	// Journal is the file from which a restart goes on.
	Journal string

	// Life is that of a code of which Kratos does not say it; MinRest is how much
	// of it must be left for a send.
	Life, MinRest time.Duration
	// After is the fallback deadline from Meta's acceptance, Overall that from ours.
	After, Overall time.Duration
	// Max codes in Window reach one number.
	Max    int
	Window time.Duration
	// MaxSMS is how many SMS leave in an hour.
	MaxSMS int
	// Probe is how often a message probes an account that has a fault.
	Probe time.Duration
	// AbsentFor is how long a number is known not to be on WhatsApp.
	AbsentFor time.Duration
	// Supersede is by how much a message is later to be clearly the newer one.
	Supersede time.Duration
	// Timeout is that of one request.
	Timeout time.Duration
	// Refused are the beginnings of numbers that get nothing, such as +44.
	Refused []string

	Fault Fault
}

// errList says that only the names of the faults were wanted.
var errList = errors.New("the names of the faults were wanted")

// parseOptions reads the flags.
func parseOptions(args []string, help io.Writer) (Options, error) {
	var o Options
	var languages, refused, fault string
	var list bool
	f := flag.NewFlagSet("selftest-courier", flag.ContinueOnError)
	f.SetOutput(help)
	for name, text := range map[string]struct {
		to        *string
		otherwise string
		what      string
	}{
		"private":         {&o.Private, "", "address for Kratos, host:port"},
		"public":          {&o.Public, "", "address for Meta, host:port"},
		"kratos-key":      {&o.KratosKey, "", "API key of Kratos"},
		"meta-url":        {&o.MetaURL, "", "base URL of the Graph API"},
		"meta-version":    {&o.MetaVersion, "v25.0", "version of the Graph API"},
		"meta-token":      {&o.MetaToken, "", "access token"},
		"phone-number-id": {&o.PhoneNumberID, "", "id of the sending number"},
		"app-secret":      {&o.AppSecret, "", "secret that Meta signs webhooks with"},
		"verify-token":    {&o.VerifyToken, "", "token of the webhook's handshake"},
		"template":        {&o.Template, "", "name of the authentication template"},
		"languages":       {&languages, "en_US", "languages of the template, the default first"},
		"sms-url":         {&o.SMSURL, "", "base URL of the SMS provider"},
		"sms-account":     {&o.SMSAccount, "", "account SID at the SMS provider"},
		"sms-token":       {&o.SMSToken, "", "auth token at the SMS provider"},
		"sms-from":        {&o.SMSFrom, "", "sender of an SMS"},
		"journal":         {&o.Journal, "", "file from which a restart goes on"},
		"refuse":          {&refused, "", "beginnings of numbers that get nothing, such as +44,+1"},
		"fault":           {&fault, "", "what to do wrong; see --list-faults"},
	} {
		f.StringVar(text.to, name, text.otherwise, text.what)
	}
	f.DurationVar(&o.Life, "life", 5*time.Minute, "life of a code")
	f.DurationVar(&o.MinRest, "min-rest", time.Second, "how much of its life a code that is sent has left")
	f.DurationVar(&o.After, "fallback-after", 30*time.Second, "time for WhatsApp after Meta's acceptance")
	f.DurationVar(&o.Overall, "fallback-overall", time.Minute, "time for WhatsApp after our acceptance")
	f.IntVar(&o.Max, "max", 3, "codes for one number in a window")
	f.DurationVar(&o.Window, "window", 10*time.Minute, "window of the limit")
	f.IntVar(&o.MaxSMS, "max-sms", 1000, "SMS in an hour")
	f.DurationVar(&o.Probe, "probe", time.Minute, "how often a message probes a faulty account")
	f.DurationVar(&o.AbsentFor, "absent-for", 24*time.Hour, "how long a number is known not to be on WhatsApp")
	f.DurationVar(&o.Supersede, "supersede-after", 2*time.Second, "when a message is clearly the newer one")
	f.DurationVar(&o.Timeout, "timeout", 10*time.Second, "time-out of a request")
	f.BoolVar(&list, "list-faults", false, "print the names of the faults")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if list {
		return o, errList
	}
	o.Languages = strings.Split(languages, ",")
	if refused != "" {
		o.Refused = strings.Split(refused, ",")
	}
	var err error
	if o.Fault, err = ParseFault(fault); err != nil {
		return o, fmt.Errorf("--fault: %w", err)
	}
	return o, o.check(f)
}

// check finds flags that are needed and empty.
func (o Options) check(f *flag.FlagSet) error {
	var missing []string
	f.VisitAll(func(flag *flag.Flag) {
		if flag.Value.String() == "" && !slices.Contains([]string{"refuse", "fault"}, flag.Name) {
			missing = append(missing, "--"+flag.Name)
		}
	})
	if len(missing) > 0 {
		return fmt.Errorf("missing: %s", strings.Join(missing, ", "))
	}
	return nil
}
