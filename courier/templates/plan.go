package templates

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// Action is what is to be done with a language of the template.
type Action string

const (
	// Create makes a language that is not there.
	Create Action = "create"
	// Update changes one that differs.
	Update Action = "update"
	// Keep leaves one that is as wanted.
	Keep Action = "keep"
	// Blocked is one that cannot be made as wanted by a request.
	Blocked Action = "blocked"
	// Ignore leaves one that the configuration does not name.
	Ignore Action = "ignore"
)

// Statuses of a template at Meta that matter here.
const (
	approved = "APPROVED"
	pending  = "PENDING"
	appealed = "IN_APPEAL"
	rejected = "REJECTED"
)

// Step is one language of a plan.
type Step struct {
	Language string `json:"language"`
	Action   Action `json:"action"`
	// ID and Status are Meta's; "" when the language is not there.
	ID     string `json:"id"`
	Status string `json:"status"`
	// Why is why the step is blocked.
	Why string `json:"why"`
	// Have is what Meta has; nil when the language is not there.
	Have        *Content     `json:"have"`
	Differences []Difference `json:"differences"`
}

// Difference is a setting that is another one at Meta.
type Difference struct {
	// Field is the name of the setting below whatsapp.template.
	Field string `json:"field"`
	// Have is "" for a language that is not there.
	Have string `json:"have"`
	Want string `json:"want"`
}

// Plan is what it takes to make a template as wanted: first the languages of the
// configuration in its order, then what else Meta has.
type Plan struct {
	Name  string `json:"name"`
	Steps []Step `json:"languages"`
}

// Compare holds what is wanted against what Meta has of that name.
func Compare(w Wanted, have []graph.Translation) Plan {
	p := Plan{Name: w.Name, Steps: []Step{}}
	for _, language := range w.Languages {
		if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Language == language }) {
			continue
		}
		i := slices.IndexFunc(have, func(t graph.Translation) bool { return t.Language == language })
		if i < 0 {
			p.Steps = append(p.Steps, Step{Language: language, Action: Create, Differences: differences(nil, w.Content)})
		} else {
			p.Steps = append(p.Steps, step(w, have[i]))
		}
	}
	for _, t := range have {
		if !slices.Contains(w.Languages, t.Language) {
			content := contentOf(t)
			p.Steps = append(p.Steps, Step{
				Language: t.Language, Action: Ignore, ID: string(t.ID), Status: string(t.Status), Have: &content, Differences: []Difference{},
			})
		}
	}
	return p
}

// step decides about a language that is there.
func step(w Wanted, t graph.Translation) Step {
	content := contentOf(t)
	s := Step{Language: t.Language, Action: Keep, ID: string(t.ID), Status: string(t.Status), Have: &content, Differences: differences(&content, w.Content)}
	if len(s.Differences) > 0 {
		s.Action = Update
	}
	if s.Why = obstacle(t, s.Action); s.Why != "" {
		s.Action = Blocked
	}
	return s
}

// obstacle is why Meta would not do what is to be done, or "". It takes edits of templates
// that are approved, rejected or paused.
func obstacle(t graph.Translation, a Action) string {
	status := string(t.Status)
	switch {
	case t.Category != "AUTHENTICATION":
		return fmt.Sprintf("its category is %s, which does not change: set another whatsapp.template.name", t.Category)
	case status == rejected && a == Keep:
		return fmt.Sprintf("Meta has rejected it (%s): see the WhatsApp Manager, and change what is wrong", reason(t))
	case slices.Contains([]string{approved, rejected, "PAUSED"}, status):
		return ""
	case slices.Contains([]string{pending, appealed}, status):
		if a == Keep {
			return ""
		}
		return "it is in review, and Meta takes no change until that has ended: do it again then"
	}
	return fmt.Sprintf("its status is %s: see the WhatsApp Manager, or take another whatsapp.template.name", status)
}

func reason(t graph.Translation) string {
	if t.RejectedReason == "" || t.RejectedReason == "NONE" {
		return "without a reason"
	}
	return string(t.RejectedReason)
}

// differences are the settings that differ. Apps that Meta does not show are taken to be
// the right ones.
func differences(have *Content, want Content) []Difference {
	all := []Difference{}
	var old []Field
	if have != nil {
		old = have.Fields()
	}
	for i, field := range want.Fields() {
		d := Difference{Field: field.Name, Want: field.Value}
		if have != nil {
			d.Have = old[i].Value
		}
		hidden := field.Name == "apps" && have != nil && have.Kind == want.Kind && len(have.Apps) == 0
		if d.Have != d.Want && !hidden {
			all = append(all, d)
		}
	}
	return all
}

// Languages are those with one of the given actions.
func (p Plan) Languages(actions ...Action) []string {
	languages := []string{}
	for _, s := range p.Steps {
		if slices.Contains(actions, s.Action) {
			languages = append(languages, s.Language)
		}
	}
	return languages
}

// Summary says what the plan does, in one line.
func (p Plan) Summary() string {
	var parts []string
	for _, c := range []struct {
		action Action
		words  string
	}{{Create, "to create"}, {Update, "to change"}, {Keep, "as wanted"}, {Blocked, "blocked"}, {Ignore, "not in the configuration"}} {
		if n := len(p.Languages(c.action)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c.words))
		}
	}
	return "languages: " + strings.Join(parts, ", ")
}

// InReview are the wanted languages that Meta is looking at.
func (p Plan) InReview() []string {
	languages := []string{}
	for _, s := range p.Steps {
		if s.Action != Ignore && (s.Status == pending || s.Status == appealed) {
			languages = append(languages, s.Language)
		}
	}
	return languages
}

// Unusable are the wanted languages that cannot be sent.
func (p Plan) Unusable() []string {
	languages := []string{}
	for _, s := range p.Steps {
		if s.Action != Ignore && s.Status != approved {
			languages = append(languages, s.Language)
		}
	}
	return languages
}
