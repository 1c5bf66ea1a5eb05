package world

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Rules of the registry.
const (
	maxTemplates  = 250                 // per account (error-codes page)
	nameRests     = 30 * 24 * time.Hour // a deleted name cannot be used again
	editEvery     = 24 * time.Hour      // an approved template: one edit in a day
	editsPerMonth = 10                  // and ten in 30 days
)

// template is a template and its history.
type template struct {
	meta.Template
	// edits are the times of the edits of an approved template.
	edits []time.Time
}

// registry holds the templates of the account, in order of creation.
type registry struct {
	list    []*template
	ids     int
	deleted map[string]time.Time // names, and when
}

// seededTemplates is what a new mock starts with.
func seededTemplates() *registry {
	r := &registry{deleted: map[string]time.Time{}}
	for _, seed := range meta.Seeded() {
		for _, language := range seed.Languages {
			r.add(seed.TemplateSpec, language, meta.TemplateApproved)
		}
	}
	return r
}

func (r *registry) add(spec meta.TemplateSpec, language, status string) *template {
	r.ids++
	t := &template{Template: meta.Template{TemplateSpec: spec, ID: strconv.Itoa(610000000000000 + r.ids), Language: language, Status: status}}
	r.list = append(r.list, t)
	return t
}

// find returns the template, or nil.
func (r *registry) find(name, language string) *template {
	return r.first(func(t *template) bool { return t.Name == name && t.Language == language })
}

func (r *registry) byID(id string) *template {
	return r.first(func(t *template) bool { return t.ID == id })
}

func (r *registry) first(match func(*template) bool) *template {
	if i := slices.IndexFunc(r.list, match); i >= 0 {
		return r.list[i]
	}
	return nil
}

// remove deletes the templates that match and says how many there were. Their
// names rest for 30 days.
func (r *registry) remove(now time.Time, match func(meta.Template) bool) int {
	n := 0
	r.list = slices.DeleteFunc(r.list, func(t *template) bool {
		if match(t.Template) {
			n++
			r.deleted[t.Name] = now
			return true
		}
		return false
	})
	return n
}

// creatable refuses a name and language that cannot be created now.
func (r *registry) creatable(name, language string, now time.Time) *meta.Error {
	if at, ok := r.deleted[name]; ok && now.Sub(at) < nameRests && r.first(func(t *template) bool { return t.Name == name }) == nil {
		return meta.TemplateError(2388023, "Message template language is being deleted",
			fmt.Sprintf("New %s content can't be added while the existing content is being deleted. Try again in 4 weeks or create a new message template.", language))
	}
	if r.find(name, language) != nil {
		return meta.TemplateError(2388024, "Content in this language already exists",
			fmt.Sprintf("There is already %s content for this template. You can create a new template and try again.", language))
	}
	return r.room(1)
}

// room refuses more templates than an account may have.
func (r *registry) room(n int) *meta.Error {
	if len(r.list)+n > maxTemplates {
		return meta.TemplateError(2388019, "Message template limit exceeded", fmt.Sprintf("An account can have %d message templates.", maxTemplates))
	}
	return nil
}

// editable refuses an edit that comes too soon.
func (t *template) editable(now time.Time) *meta.Error {
	if t.Status == meta.TemplatePending {
		return meta.TemplateError(2388025, "Message template cannot be edited", "A template in review cannot be edited.")
	}
	if t.Status != meta.TemplateApproved {
		return nil
	}
	recent := t.recentEdits(now)
	if n := len(recent); n >= editsPerMonth || n > 0 && now.Sub(recent[n-1]) < editEvery {
		return meta.TemplateError(2388025, "Message template cannot be edited", "An approved template can be edited once a day and ten times in 30 days.")
	}
	return nil
}

// edit changes the template, which goes into review again.
func (t *template) edit(spec meta.TemplateSpec, now time.Time) {
	if t.Status == meta.TemplateApproved {
		t.edits = append(t.recentEdits(now), now)
	}
	t.TemplateSpec, t.Status = spec, meta.TemplatePending
}

// recentEdits are those that count.
func (t *template) recentEdits(now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(t.edits), func(at time.Time) bool { return now.Sub(at) >= 30*24*time.Hour })
}
