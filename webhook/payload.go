package webhook

import (
	"cmp"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// The wire format, as Meta documents it (webhook reference, November 2025) and
// as receivers have seen it. Nothing is required here: "text" and "number" take
// strings and numbers alike, and parse leaves out what has another shape.
type (
	payload struct {
		Object string  `json:"object"`
		Entry  []entry `json:"entry"`
	}
	entry struct {
		ID      text     `json:"id"`
		Time    number   `json:"time"`
		Changes []change `json:"changes"`
	}
	change struct {
		Field string `json:"field"`
		Value value  `json:"value"`
	}
	value struct {
		Metadata struct {
			PhoneNumberID text `json:"phone_number_id"`
		} `json:"metadata"`
		Statuses []status    `json:"statuses"`
		Messages []message   `json:"messages"`
		Errors   []wireError `json:"errors"`

		// The rest is of fields other than "messages".
		Event            text `json:"event"`
		TemplateName     text `json:"message_template_name"`
		TemplateLanguage text `json:"message_template_language"`
		Quality          text `json:"new_quality_score"`
		OtherInfo        struct {
			Title text `json:"title"`
		} `json:"other_info"`
		BanInfo struct {
			State text `json:"waba_ban_state"`
		} `json:"ban_info"`
		Restrictions []struct {
			Type text `json:"restriction_type"`
		} `json:"restriction_info"`
	}
	status struct {
		ID           text        `json:"id"`
		Status       text        `json:"status"`
		Timestamp    number      `json:"timestamp"`
		CallbackData text        `json:"biz_opaque_callback_data"`
		Errors       []wireError `json:"errors"`
	}
	message struct {
		From      text   `json:"from"`
		UserID    text   `json:"from_user_id"`
		Type      text   `json:"type"`
		Timestamp number `json:"timestamp"`
		Context   struct {
			ID text `json:"id"`
		} `json:"context"`
		Button struct {
			Payload text `json:"payload"`
		} `json:"button"`
		System struct {
			Type   text `json:"type"`
			UserID text `json:"user_id"`
		} `json:"system"`
	}
	wireError struct {
		Code  number    `json:"code"`
		Title text      `json:"title"`
		Data  errorData `json:"error_data"`
	}
)

const (
	// account is the object of every WhatsApp webhook.
	account = "whatsapp_business_account"
	// messagesField carries statuses, inbound messages and faults.
	messagesField = "messages"
)

// parse reads a webhook body into events, in the order of the body. It fails
// only when the body is no JSON object: a part of the wrong type is left out,
// and the rest counts.
func parse(body []byte) ([]Event, error) {
	var p payload
	var wrongType *json.UnmarshalTypeError
	// encoding/json skips a value of the wrong type, completes the rest and then
	// reports the first such value.
	err := json.Unmarshal(body, &p)
	if err != nil && (!errors.As(err, &wrongType) || wrongType.Field == "") {
		return nil, errors.New("the body is not a JSON object")
	}
	if p.Object != account {
		return nil, nil
	}
	var events []Event
	for _, e := range p.Entry {
		for _, c := range e.Changes {
			events = append(events, c.events(Event{
				Field:         c.Field,
				AccountID:     string(e.ID),
				PhoneNumberID: string(c.Value.Metadata.PhoneNumberID),
				At:            e.Time.instant(),
			})...)
		}
	}
	if wrongType != nil {
		events = append(events, Event{Kind: KindUnreadable, Field: wrongType.Field})
	}
	return events, nil
}

// events makes events of one change; common holds what they share.
func (c change) events(common Event) []Event {
	if c.Field != messagesField {
		return []Event{c.Value.update(common)}
	}
	var events []Event
	for _, s := range c.Value.Statuses {
		events = append(events, s.event(common))
	}
	for _, m := range c.Value.Messages {
		events = append(events, m.event(common))
	}
	if len(c.Value.Errors) > 0 {
		common.Kind, common.Errors = KindFault, errorsOf(c.Value.Errors)
		events = append(events, common)
	}
	return events
}

func (v value) update(e Event) Event {
	e.Kind = KindUpdate
	e.Name = string(cmp.Or(v.Event, v.Quality))
	e.Template, e.Language = string(v.TemplateName), string(v.TemplateLanguage)
	details := []text{v.OtherInfo.Title, v.BanInfo.State}
	for _, r := range v.Restrictions {
		details = append(details, r.Type)
	}
	for _, d := range details {
		if d != "" {
			e.Details = append(e.Details, string(d))
		}
	}
	return e
}

func (s status) event(e Event) Event {
	if s.ID == "" || s.Status == "" {
		e.Kind, e.Field = KindUnreadable, "entry.changes.value.statuses"
		return e
	}
	e.Kind = KindStatus
	e.At = s.Timestamp.instant()
	e.MessageID = string(s.ID)
	e.Status = string(s.Status)
	e.CallbackData = string(s.CallbackData)
	e.Errors = errorsOf(s.Errors)
	return e
}

func (m message) event(e Event) Event {
	e.Kind = KindInbound
	e.At = m.Timestamp.instant()
	e.From, e.UserID = string(m.From), string(m.UserID)
	e.MessageID = string(m.Context.ID)
	e.Name = string(m.Type)
	switch m.Type {
	case "button":
		e.Name = string(m.Button.Payload)
	case "system":
		e.System = true
		e.Name = string(m.System.Type)
		if e.UserID == "" {
			e.UserID = string(m.System.UserID)
		}
	}
	return e
}

func errorsOf(wire []wireError) []Error {
	if len(wire) == 0 {
		return nil
	}
	list := make([]Error, len(wire))
	for i, w := range wire {
		list[i] = Error{Code: int(w.Code), Title: string(w.Title), Details: string(w.Data)}
	}
	return list
}

// text takes a JSON string or number; anything else is "".
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	switch first := raw[0]; { // a JSON value has at least one byte
	case first == '"' && json.Unmarshal(raw, &s) == nil:
		*t = text(s)
	case first == '-' || '0' <= first && first <= '9':
		*t = text(raw)
	default:
		*t = ""
	}
	return nil
}

// number takes a JSON integer or one in a string; anything else is 0.
type number int64

func (n *number) UnmarshalJSON(raw []byte) error {
	var t text
	_ = t.UnmarshalJSON(raw)
	i, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		i = 0
	}
	*n = number(i)
	return nil
}

// firstMilliseconds is where a count of seconds can no longer be meant: the year
// 33658. Production systems have seen milliseconds here.
const firstMilliseconds = 1e12

// instant reads the number as Unix time; 0 and below are no time.
func (n number) instant() time.Time {
	switch {
	case n <= 0:
		return time.Time{}
	case n >= firstMilliseconds:
		return time.UnixMilli(int64(n)).UTC()
	default:
		return time.Unix(int64(n), 0).UTC()
	}
}

// errorData takes Meta's {"details": "..."} or a bare string, which older bodies
// have; anything else is "".
type errorData string

func (d *errorData) UnmarshalJSON(raw []byte) error {
	var object struct {
		Details text `json:"details"`
	}
	if json.Unmarshal(raw, &object) != nil {
		_ = object.Details.UnmarshalJSON(raw)
	}
	*d = errorData(object.Details)
	return nil
}
