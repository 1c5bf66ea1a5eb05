package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// SMS is one way to send SMS.
type SMS struct {
	// Section is where its provider is named, as Provider.
	Section, Provider string
	// Callback is where the provider reports what became of a message, and CallbackSetting
	// where that is set, or "" for a provider that cannot. "" for Callback asks for no reports.
	Callback, CallbackSetting string
	// Route is the path at the public listener that takes them.
	Route string
	// Examine asks the provider about our account, without a message; nil where nothing
	// can be asked.
	Examine func(context.Context) SMSAccount
}

// SMSAccount is what a provider says of our account.
type SMSAccount struct {
	// Described is the account in words, or "".
	Described string
	// Date is the provider's clock as HTTP has it, or "".
	Date string
	// Findings are what is wrong.
	Findings []Finding
}

// examine asks about the account, and looks where the receipts go. Where Meta is not asked,
// the provider's clock is what this machine's is compared with.
func (s SMS) examine(ctx context.Context, r *Report, public PublicAddress, now func() time.Time) {
	switch {
	case s.Provider == "console":
		r.found(Finding{
			Warning, s.Section + ".provider", "console writes codes to the courier's output and sends nothing",
			"set it to twilio, or to http for any other provider; it is for trying out",
		})
	case s.Examine == nil:
		r.skipped(s.Section+"."+s.Provider, "the account: which read call this provider has is not known")
	default:
		account := s.Examine(ctx)
		r.found(account.Findings...)
		if public.clock {
			r.found(clock(account.Date, s.Provider, now())...)
		}
		if account.Described != "" {
			r.learned(s.Section+"."+s.Provider, account.Described)
		}
	}
	if s.CallbackSetting == "" {
		return
	}
	findings := s.callback(public)
	if r.found(findings...); len(findings) == 0 && public.URL != "" && s.Callback != "" {
		s.examineCallback(ctx, r, public.Client)
	}
}

// PublicAddress is where the public listener is from outside.
type PublicAddress struct {
	// URL is its base, "" if it is not known.
	URL string
	// Where is what named it: --public-url or serve.public.url.
	Where  string
	Client *exchange.Client
	// clock says that no other clock was asked.
	clock bool
}

// callback holds where the provider is told to report against where we are.
func (s SMS) callback(public PublicAddress) []Finding {
	do := "set it to https://<where the public listener is>" + s.Route
	if public.URL != "" {
		do = "set it to " + exchange.Join(public.URL, s.Route)
	}
	switch {
	case s.Callback == "":
		return []Finding{{Warning, s.CallbackSetting, "no receipts are asked for: an SMS that never arrives is not noticed, and counts as handed over", do}}
	case !leadsTo(s.Callback, s.Route):
		return []Finding{{Error, s.CallbackSetting, "it does not lead to " + s.Route + ", where the public listener takes the receipts of this route", do}}
	case public.URL != "" && !strings.HasPrefix(s.Callback, strings.TrimSuffix(public.URL, "/")+"/"):
		return []Finding{{Error, s.CallbackSetting, "it is not at " + public.Where, do + ", or run doctor with another --public-url"}}
	}
	return nil
}

// examineCallback posts a receipt without credentials, as nobody should be able to.
func (s SMS) examineCallback(ctx context.Context, r *Report, client *exchange.Client) {
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Callback, strings.NewReader("MessageStatus=sent"))
	if err != nil {
		return // the configuration has checked it
	}
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(post)
	if err != nil {
		r.found(Finding{
			Unknown, s.CallbackSetting, fmt.Sprintf("it does not answer from here: %v", graph.Cause(err)),
			"start the courier, and look at DNS, certificate, proxy and firewall",
		})
		return
	}
	r.found(s.receipts(answer.Status)...)
}

// receipts judges the answer to a receipt without credentials.
func (s SMS) receipts(status int) []Finding {
	if status == http.StatusUnauthorized {
		return nil
	}
	return []Finding{{
		Error, s.CallbackSetting, fmt.Sprintf("a receipt without credentials is answered HTTP %d, not 401", status),
		"start the courier with this configuration; what stands before it must lead " + s.Route + " to serve.public and answer nothing itself",
	}}
}
