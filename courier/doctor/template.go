package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// check holds every configured language against what Meta has. What is wrong with several
// of them in the same way is told once.
func (t Template) check(have []graph.Translation) []Finding {
	if len(have) == 0 {
		return []Finding{{
			Error, "whatsapp.template.name", fmt.Sprintf("the account has no template %q", t.Name),
			"create it with whatsapp-courier templates apply, or set the name of the one that there is",
		}}
	}
	var findings []Finding
	languages := map[Finding][]string{}
	for _, language := range t.Languages {
		i := slices.IndexFunc(have, func(tr graph.Translation) bool { return tr.Language == language })
		wrong := []Finding{{
			Error, "whatsapp.template.languages", "does not exist",
			"create it with whatsapp-courier templates apply, or take the language out",
		}}
		if i >= 0 {
			wrong = t.fits(have[i])
		}
		for _, f := range wrong {
			if languages[f] = append(languages[f], language); len(languages[f]) == 1 {
				findings = append(findings, f)
			}
		}
	}
	for i, f := range findings {
		findings[i].What = "the template in " + strings.Join(languages[f], ", ") + " " + f.What
	}
	return findings
}

// fits holds one translation against the configuration. What is wrong lacks its beginning,
// which names the languages.
func (t Template) fits(tr graph.Translation) []Finding {
	const where = "whatsapp.template.languages"
	switch {
	case tr.Category != "AUTHENTICATION":
		return []Finding{{
			Error, where, fmt.Sprintf("has the category %s: only authentication templates carry codes", tr.Category),
			"create one of the category AUTHENTICATION under another name, and set whatsapp.template.name",
		}}
	case tr.Status != "APPROVED":
		return []Finding{{
			Error, where, fmt.Sprintf("has the status %s: Meta refuses to send it", tr.Status),
			"wait for the review, or see the WhatsApp Manager for the reason",
		}}
	case !hasCodeButton(tr):
		return []Finding{{
			Error, where, "has no button that takes the code: Meta refuses what we send",
			"set whatsapp.template.name to another one, and create it with whatsapp-courier templates apply",
		}}
	}
	return slices.Concat(t.expiry(tr), t.timeToLive(tr))
}

func hasCodeButton(tr graph.Translation) bool {
	kind, _ := tr.CodeButton()
	return kind != ""
}

// expiry compares the line about the code's life with its life.
func (t Template) expiry(tr graph.Translation) []Finding {
	minutes := tr.ExpiryMinutes()
	if says := time.Duration(minutes) * time.Minute; says == 0 || says == t.CodeLifespan.Truncate(time.Minute) {
		return nil
	}
	return []Finding{{
		Warning, "kratos.code_lifespan", fmt.Sprintf("tells people that the code lives %d minutes, but it lives %s", minutes, t.CodeLifespan),
		"set expiry_minutes of whatsapp.template, kratos.code_lifespan and Kratos' selfservice.methods.code.config.lifespan to the same",
	}}
}

// timeToLive compares how long WhatsApp tries to deliver with how long we wait for it. A
// template without a time of its own has Meta's default: 10 minutes, or 30 days if it was
// created before 23 October 2024; -1 means 30 days.
func (t Template) timeToLive(tr graph.Translation) []Finding {
	ttl, tries := time.Duration(tr.TTL)*time.Second, fmt.Sprintf("%d s", tr.TTL)
	switch {
	case tr.TTL < 0:
		ttl, tries = 30*24*time.Hour, "30 days"
	case tr.TTL == 0:
		ttl, tries = 10*time.Minute, "at least 600 s, Meta's default"
	}
	switch {
	case t.FallbackAfter > 0 && ttl > t.FallbackAfter:
		return []Finding{{
			Warning, "fallback.after", fmt.Sprintf("is delivered by WhatsApp within %s, but the SMS follows after %s: people may get both", tries, t.FallbackAfter),
			"have whatsapp-courier templates apply set message_send_ttl_seconds to no more than fallback.after; Meta takes 30 to 900 s",
		}}
	case t.FallbackAfter == 0 && ttl > t.CodeLifespan:
		return []Finding{{
			Warning, "kratos.code_lifespan", fmt.Sprintf("is delivered by WhatsApp within %s, but the code lives %s: people may get a dead code", tries, t.CodeLifespan),
			"have whatsapp-courier templates apply set message_send_ttl_seconds to no more than the code's life; Meta takes 30 to 900 s",
		}}
	}
	return nil
}
