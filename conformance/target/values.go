package target

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/template"
)

// Values are what the suite tells a target that it starts.
type Values struct {
	// Port and PublicPort are free ports, for Kratos and for Meta.
	Port, PublicPort int
	// Dir is an empty folder, but for the files of the target. TargetDir is where the
	// target's own program is.
	Dir, TargetDir string
	// Key is a fresh secret that Kratos sends.
	Key string
	// GraphURL takes the place of https://graph.facebook.com and SMSURL that of
	// https://api.twilio.com. The rest is what they know.
	GraphURL, SMSURL                  string
	AccessToken, PhoneNumberID        string
	AppSecret, VerifyToken            string
	Template                          string
	TwilioAccountSID, TwilioAuthToken string
	Settings
}

// Fill returns a copy with the values in it.
func (v Values) Fill(t *Target) (*Target, error) {
	filled := *t
	if t.Start != nil {
		start := *t.Start
		start.Command, start.Env, start.Files = slices.Clone(start.Command), maps.Clone(start.Env), maps.Clone(start.Files)
		filled.Start = &start
		if err := errors.Join(v.fillAll("start.env", start.Env), v.fillAll("start.files", start.Files)); err != nil {
			return nil, err
		}
	}
	if t.Events != nil {
		events := *t.Events
		filled.Events = &events
	}
	for _, f := range filled.texts() {
		value, err := v.fill(*f.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.key, err)
		}
		*f.text = value
	}
	return &filled, nil
}

// fillAll fills in texts that stand under a key of the file.
func (v Values) fillAll(key string, texts map[string]string) error {
	for name, text := range texts {
		value, err := v.fill(text)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", key, name, err)
		}
		texts[name] = value
	}
	return nil
}

func (v Values) fill(text string) (string, error) {
	parsed, err := template.New("").Parse(text)
	if err != nil {
		return "", err
	}
	var filled bytes.Buffer
	err = parsed.Execute(&filled, v)
	return filled.String(), err
}

// field is a text of a target, with its key.
type field struct {
	key  string
	text *string
}

// texts are what may have values in it, but for the environment.
func (t *Target) texts() []field {
	all := []field{{"messages.header", &t.Messages.Header}, {"messages.value", &t.Messages.Value}}
	if t.Events != nil {
		all = append(all, field{"events.header", &t.Events.Header}, field{"events.value", &t.Events.Value})
	}
	if t.Start != nil {
		for i := range t.Start.Command {
			all = append(all, field{fmt.Sprintf("start.command[%d]", i), &t.Start.Command[i]})
		}
	}
	return append(all, t.urls()...)
}

// urls are all URLs that the suite calls.
func (t *Target) urls() []field {
	all := []field{{"messages.url", &t.Messages.URL}}
	if t.Start != nil && t.Start.Ready != "" {
		all = append(all, field{"start.ready", &t.Start.Ready})
	}
	if t.Events != nil {
		all = append(all, field{"events.url", &t.Events.URL})
	}
	if t.Webhook != "" {
		all = append(all, field{"webhook", &t.Webhook})
	}
	if t.Mock != nil {
		all = append(all, field{"mock.api", &t.Mock.API}, field{"mock.control", &t.Mock.Control})
	}
	if t.Kratos != nil {
		all = append(all, field{"kratos.public", &t.Kratos.Public}, field{"kratos.admin", &t.Kratos.Admin})
	}
	return all
}
