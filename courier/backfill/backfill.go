package backfill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	kratos "github.com/ory/kratos-client-go"
	"golang.org/x/time/rate"
)

// Options of a run.
type Options struct {
	// Trait is the trait with the phone; dots lead into objects, as in contact.mobile.
	Trait string
	// Apply writes; without it, nothing is changed.
	Apply bool
	// Rate is how many identities a second are written at most.
	Rate int
	// PageToken starts where a run before this one ended; "" starts with the first.
	PageToken string
	// PageSize is how many identities are read at once; 0 means 250.
	PageSize int64
	// Progress is told after every identity; nil ignores it.
	Progress func(Report)
}

// Report is what a run has found and done.
type Report struct {
	// Read is how many identities were looked at, WithPhone how many of them have the
	// trait, and Missing how many of those have no credential for it.
	Read      int `json:"read"`
	WithPhone int `json:"with_phone"`
	Missing   int `json:"missing"`
	// Written is how many got their credential.
	Written int `json:"written"`
	// Refused are those that Kratos would not write.
	Refused []Refusal `json:"refused"`
	// PageToken is that of the page that was being worked on; a run that starts with it
	// passes over what is done.
	PageToken string `json:"page_token,omitempty"`
}

// Refusal is an identity that Kratos would not write. It names no number.
type Refusal struct {
	ID     string `json:"id"`
	Status int    `json:"status"`
	Why    string `json:"why"`
}

// ErrSchema says that the identity schema makes no credential of the trait.
var ErrSchema = errors.New("the identity was written and still has no credential for its phone")

// Run looks at all identities and writes those whose credential is missing. It changes
// nothing else: it asks for an empty patch, for which Kratos writes the identity as it
// has it at that moment (seen with v1.3.1). The report is right also beside an error; to
// go on, give its PageToken.
func Run(ctx context.Context, admin *kratos.APIClient, o Options) (Report, error) {
	report := Report{Refused: []Refusal{}, PageToken: o.PageToken}
	if o.PageSize == 0 {
		o.PageSize = 250
	}
	pace := rate.NewLimiter(rate.Limit(max(o.Rate, 1)), 1)
	for {
		page, next, err := list(ctx, admin, report.PageToken, o.PageSize)
		if err != nil {
			return report, err
		}
		for _, identity := range page {
			report.Read++
			phone, missing := needs(identity, o.Trait)
			if phone != "" {
				report.WithPhone++
			}
			if missing {
				report.Missing++
			}
			if missing && o.Apply {
				if err := pace.Wait(ctx); err != nil {
					return report, err
				}
				if err := report.write(ctx, admin, identity.Id, o.Trait); err != nil {
					return report, err
				}
			}
			if o.Progress != nil {
				o.Progress(report)
			}
		}
		if next == "" {
			report.PageToken = ""
			return report, nil
		}
		report.PageToken = next
	}
}

// needs returns the phone of an identity, and whether it has no credential for it.
// Kratos keeps the identifier without the spaces that the trait may have.
func needs(identity kratos.Identity, trait string) (phone string, missing bool) {
	phone = at(identity.Traits, strings.Split(trait, "."))
	if phone == "" {
		return "", false
	}
	var identifiers []string
	if credentials := identity.Credentials; credentials != nil {
		identifiers = (*credentials)["code"].Identifiers
	}
	return phone, !slices.ContainsFunc(identifiers, func(known string) bool { return digits(known) == digits(phone) })
}

// at is the text at a path in traits, or "".
func at(traits any, path []string) string {
	for _, name := range path {
		object, _ := traits.(map[string]any)
		traits = object[name]
	}
	text, _ := traits.(string)
	return text
}

// digits leaves out everything that is written between the digits of a number.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}

// write lets Kratos write an identity again as it is.
func (r *Report) write(ctx context.Context, admin *kratos.APIClient, id, trait string) error {
	written, answer, err := admin.IdentityAPI.PatchIdentity(ctx, id).JsonPatch([]kratos.JsonPatch{}).Execute()
	switch status := statusOf(answer); {
	case err == nil:
		r.Written++
		if _, missing := needs(*written, trait); missing {
			return fmt.Errorf("%w: in Kratos' identity schema, give the trait %s credentials.code.identifier: true and via: sms", ErrSchema, trait)
		}
	case status == http.StatusNotFound:
		// It was deleted meanwhile.
	case status == http.StatusConflict:
		r.Refused = append(r.Refused, Refusal{id, status, "another identity has this number"})
	case status == http.StatusBadRequest:
		r.Refused = append(r.Refused, Refusal{id, status, "the schema does not take the traits"})
	default:
		return failure("write identity "+id, status, err)
	}
	return nil
}

func list(ctx context.Context, admin *kratos.APIClient, token string, size int64) (page []kratos.Identity, next string, err error) {
	ask := admin.IdentityAPI.ListIdentities(ctx).PageSize(size).IncludeCredential([]string{"code"})
	if token != "" {
		ask = ask.PageToken(token)
	}
	page, answer, err := ask.Execute()
	if err != nil {
		return nil, "", failure("read the identities", statusOf(answer), err)
	}
	return page, nextToken(answer.Header.Get("Link")), nil
}

func statusOf(answer *http.Response) int {
	if answer == nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// failure leaves out what Kratos answered: it may quote the number.
func failure(doing string, status int, err error) error {
	switch status {
	case 0:
		return fmt.Errorf("%s: %w", doing, err)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%s: Kratos answered %d: set KRATOS_ADMIN_TOKEN to a token for its admin API", doing, status)
	case http.StatusNotFound:
		return fmt.Errorf("%s: Kratos answered 404: --admin must be the base URL of its admin API", doing)
	}
	return errors.New(doing + fmt.Sprintf(": Kratos answered %d", status))
}
