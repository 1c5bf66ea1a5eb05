package world

import (
	"cmp"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Templates are the templates of the account, in order of creation.
type Templates struct{ do access }

// List returns them all.
func (t Templates) List() []meta.Template {
	list := []meta.Template{}
	t.do(func(s *state) {
		for _, t := range s.templates.list {
			list = append(list, t.Template)
		}
	})
	return list
}

// Get returns the template with that id.
func (t Templates) Get(id string) (found meta.Template, ok bool) {
	t.do(func(s *state) {
		if t := s.templates.byID(id); t != nil {
			found, ok = t.Template, true
		}
	})
	return found, ok
}

// Create adds a template in one language, and begins its review.
func (t Templates) Create(spec meta.TemplateSpec, language string) (created meta.Template, err *meta.Error) {
	t.do(func(s *state) {
		if err = s.templates.creatable(spec.Name, language, s.clock.Now()); err == nil {
			created = s.create(spec, language).Template
		}
	})
	return created, err
}

// Upsert adds a template in many languages, or changes it in those where it is
// there. What is changed goes into review again; what would stay as it is does not.
func (t Templates) Upsert(r meta.TemplateRequest) (list []meta.Template, err *meta.Error) {
	t.do(func(s *state) {
		fresh, now := 0, s.clock.Now()
		for _, l := range r.Languages {
			if t := s.templates.find(r.Name, l); t == nil {
				fresh++
			} else if !t.Equal(r.Keeping(t.TemplateSpec)) {
				err = cmp.Or(err, t.editable(now))
			}
		}
		if err = cmp.Or(err, s.templates.room(fresh)); err != nil {
			return
		}
		for _, l := range r.Languages {
			t := s.templates.find(r.Name, l)
			if t == nil {
				t = s.create(r.TemplateSpec, l)
			} else if spec := r.Keeping(t.TemplateSpec); !t.Equal(spec) {
				t.edit(spec, now)
				s.review(t)
			}
			list = append(list, t.Template)
		}
	})
	return list, err
}

// Edit changes a template, which goes into review again. It says false when there
// is no such template.
func (t Templates) Edit(id string, edit meta.TemplateEdit) (found bool, err *meta.Error) {
	t.do(func(s *state) {
		t := s.templates.byID(id)
		if t == nil {
			return
		}
		found = true
		now := s.clock.Now()
		if err = t.editable(now); err != nil {
			return
		}
		t.edit(edit.Of(t.TemplateSpec), now)
		s.review(t)
	})
	return found, err
}

// Delete removes the templates that match, and says how many there were.
func (t Templates) Delete(match func(meta.Template) bool) (n int) {
	t.do(func(s *state) { n = s.templates.remove(s.clock.Now(), match) })
	return n
}

func (s *state) create(spec meta.TemplateSpec, language string) *template {
	t := s.templates.add(spec, language, meta.TemplatePending)
	s.review(t)
	return t
}

// review approves a template after a while, as Meta's machine does, and reports
// that by webhook.
func (s *state) review(t *template) {
	registry := s.templates
	s.after(s.o.ReviewAfter, func() {
		if s.templates == registry && t.Status == meta.TemplatePending && registry.byID(t.ID) == t {
			s.happenTo(t, client.TemplateStatus, meta.TemplateApproved, "NONE")
		}
	})
}

// happenTo lets an event happen to a template and reports it by webhook.
func (s *state) happenTo(t *template, kind, value, reason string) {
	if kind == client.TemplateStatus {
		t.Status = meta.StatusAfter(value, t.Status)
	}
	s.announce(Change{Event: TemplateEvent{Kind: kind, Value: value, Reason: reason, Template: t.Template}, At: s.clock.Now()})
}
