package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// number is what Meta says of a sending number.
type number struct {
	Name    lenient.Text `json:"verified_name"`
	Status  lenient.Text `json:"status"`
	Quality lenient.Text `json:"quality_rating"`
	Mode    lenient.Text `json:"account_mode"`
	Reach   lenient.Text `json:"whatsapp_business_manager_messaging_limit"`
	Through struct {
		Level lenient.Text `json:"level"`
	} `json:"throughput"`
	Health struct {
		CanSend lenient.Text `json:"can_send_message"`
	} `json:"health_status"`
	Hooks callbacks `json:"webhook_configuration"`
}

// callbacks are where Meta posts a number's webhooks: the first that is set, in this order.
type callbacks struct {
	Number  string `json:"phone_number"`
	Account string `json:"whatsapp_business_account"`
	App     string `json:"application"`
}

// examineNumbers asks about each number, and returns the callbacks of those that are there,
// by id.
func (m Meta) examineNumbers(ctx context.Context, ask asker, r *Report) map[string]callbacks {
	hooks := map[string]callbacks{}
	for _, n := range m.Numbers {
		fields := "verified_name,status,quality_rating,account_mode,throughput,whatsapp_business_manager_messaging_limit,health_status,webhook_configuration"
		var said number
		if _, err := ask.Get(ctx, url.Values{"fields": {fields}}, &said, n.ID); err != nil {
			r.found(unread(n.Section+".phone_number_id", "the sending number", err))
			continue
		}
		hooks[n.ID] = said.Hooks
		r.found(n.check(said)...)
		r.learned(n.Section+".phone_number_id", fmt.Sprintf("%q, %s, quality %s, throughput %s, reaches %s", said.Name, said.Status, said.Quality, said.Through.Level, reach(string(said.Reach))))
	}
	return hooks
}

func (n Number) check(said number) []Finding {
	where := n.Section + ".phone_number_id"
	var findings []Finding
	add := func(bad bool, s Severity, where, what, do string) {
		if bad {
			findings = append(findings, Finding{s, where, what, do})
		}
	}
	status := string(said.Status)
	limited := slices.Contains([]string{"FLAGGED", "RESTRICTED", "RATE_LIMITED"}, status)
	add(limited, Warning, where, "the number's status is "+status, "see the WhatsApp Manager for the reason and how long it lasts")
	add(!limited && status != "CONNECTED", Error, where, "the number's status is "+status+", so it cannot send", "register it with its PIN, or see the WhatsApp Manager for the reason")
	// Else one cause would be told twice.
	add(len(findings) == 0 && said.Health.CanSend == "BLOCKED", Error, where, "Meta says that sending is blocked (health_status)",
		"see the WhatsApp Manager: number, account, business or app needs a repair, such as a payment method")
	add(len(findings) == 0 && said.Health.CanSend == "LIMITED", Warning, where, "Meta says that sending is limited (health_status)",
		"see the WhatsApp Manager: number, account, business or app has a restriction")
	add(said.Name == "", Warning, where, "the number has no verified name: people see a number that they do not know", "set a display name in the WhatsApp Manager and have it approved")
	add(said.Quality == "RED", Warning, where, "the number's quality is RED: Meta may limit it", "send fewer unrequested codes: see limits, and the reports of the WhatsApp Manager")
	add(said.Mode == "SANDBOX", Warning, where, "the number is a test number: only the five people on its list get messages", "add a number of your own in the WhatsApp Manager")
	add(said.Reach == "TIER_50" || said.Reach == "TIER_250", Warning, where, "Meta lets the number reach no more than "+reach(string(said.Reach))+": people beyond that get an SMS",
		"have the business verified, and let the limit grow (WhatsApp Manager, Insights)")
	if allowed := allowedRate(string(said.Through.Level)); allowed > 0 {
		add(n.Rate > allowed, Warning, n.Section+".rate", fmt.Sprintf("the rate is %d messages a second, but Meta allows the number %d", n.Rate, allowed),
			fmt.Sprintf("set it to %d: what is above gets error 130429", allowed))
	}
	return findings
}

// reach is how many people a messaging limit lets a number write to first (Meta, "Messaging
// limits", 26 November 2025).
func reach(limit string) string {
	size, tiered := strings.CutPrefix(limit, "TIER_")
	switch {
	case size == "UNLIMITED":
		return "everybody"
	case tiered:
		return strings.Replace(size, "K", ",000", 1) + " people in 24 h"
	}
	return "an unknown number of people"
}

// allowedRate is what a level means in messages a second (Meta, "Throughput", 21 November
// 2025); 0 for a level that we do not know.
func allowedRate(level string) int {
	return map[string]int{"STANDARD": 80, "HIGH": 1000}[level]
}

// belongs holds the number against those of the business account.
func (n Number) belongs(owned []string) []Finding {
	if slices.Contains(owned, n.ID) {
		return nil
	}
	return []Finding{{
		Error, n.Section + ".phone_number_id", "the number belongs to another account than whatsapp.business_account_id",
		"take both from the same account in the WhatsApp Manager: reports about others are not taken for ours",
	}}
}

// callback holds where Meta posts the number's webhooks against where we are.
func (n Number) callback(set callbacks, ours string) []Finding {
	const where = "webhook"
	effective := set.App
	for _, override := range []string{set.Account, set.Number} {
		if override != "" {
			effective = override
		}
	}
	do := "set the callback URL to https://<where the public listener is>" + webhookPath + " in the app dashboard, WhatsApp, Configuration"
	if ours != "" {
		do = "set the callback URL to " + ours + " in the app dashboard, WhatsApp, Configuration, or run doctor with another --public-url"
	}
	switch u, err := url.Parse(effective); {
	case effective == "":
		return []Finding{{Error, where, "the app has no callback URL, so no report ever comes", do}}
	case ours != "" && effective != ours, err != nil, ours == "" && !strings.HasSuffix(u.Path, webhookPath):
		return []Finding{{Error, where, "Meta posts the reports to " + effective + ", which is not the courier", do}}
	}
	return nil
}

// webhookPath is where the public listener takes Meta's webhooks.
const webhookPath = "/webhooks/meta"

// numbersOf are the ids of an account's numbers.
func (a asker) numbersOf(ctx context.Context, account string) ([]string, error) {
	var list struct {
		Data []struct {
			ID lenient.Text `json:"id"`
		} `json:"data"`
	}
	_, err := a.Get(ctx, url.Values{"fields": {"id"}, "limit": {"100"}}, &list, account, "phone_numbers")
	var ids []string
	for _, n := range list.Data {
		ids = append(ids, string(n.ID))
	}
	return ids, err
}
