package world

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// How the mock misbehaves. Whatever the strength (a magic number, a fault
// queued for the next send, or chaos by chance), it ends as a list of
// client.Fault in which each place looks for the kinds it knows.

// phase is where a kind of fault takes effect.
type phase int

const (
	onAnswer phase = iota // the answer to a send
	onGraph               // the answer to another Graph call
	onLife                // the statuses that follow
	onHook                // one webhook
	onSMS                 // an SMS
)

// faultKind says where a kind takes effect and what it means when left out.
type faultKind struct {
	phase    phase
	defaults client.Fault
}

// faultKinds lists every kind. It is made once and never changed.
var faultKinds = sync.OnceValue(func() map[string]faultKind {
	seconds := func(n int) client.Fault { return client.Fault{Delay: client.Duration(time.Duration(n) * time.Second)} }
	return map[string]faultKind{
		client.SendError:     {onAnswer, client.Fault{}},
		client.HTTPError:     {onAnswer, client.Fault{Status: 502}},
		client.Reset:         {onAnswer, client.Fault{}},
		client.LostAnswer:    {onAnswer, client.Fault{}},
		client.LateAnswer:    {onAnswer, seconds(1)},
		client.SlowBody:      {onAnswer, seconds(5)},
		client.Held:          {onAnswer, client.Fault{}},
		client.Paused:        {onAnswer, client.Fault{}},
		client.GraphError:    {onGraph, client.Fault{Code: 1}},
		client.Failed:        {onLife, client.Fault{Code: 131026}},
		client.Silent:        {onLife, client.Fault{}},
		client.SentOnly:      {onLife, client.Fault{}},
		client.ReadOnly:      {onLife, client.Fault{}},
		client.Late:          {onLife, seconds(60)},
		client.UnknownStatus: {onLife, client.Fault{}},
		client.Jitter:        {onLife, client.Fault{}},
		client.Duplicate:     {onHook, client.Fault{Times: 1}},
		client.Delay:         {onHook, seconds(5)},
		client.Reorder:       {onHook, client.Fault{}},
		client.BadSignature:  {onHook, client.Fault{}},
		client.Unsigned:      {onHook, client.Fault{}},
		client.CutOff:        {onHook, client.Fault{}},
		client.Lost:          {onHook, client.Fault{}},
		client.Batch:         {onHook, client.Fault{}},
		client.Milliseconds:  {onHook, client.Fault{}},
		client.SMSError:      {onSMS, client.Fault{Code: 21610}},
		client.SMSFailed:     {onSMS, client.Fault{Code: 30003}},
		client.SMSSilent:     {onSMS, client.Fault{}},
	}
})

// FaultKinds are the names of all kinds.
func FaultKinds() []string { return slices.Collect(maps.Keys(faultKinds())) }

// CompleteFault checks a fault and fills in what was left out.
func CompleteFault(f client.Fault) (client.Fault, error) {
	kind, ok := faultKinds()[f.Kind]
	if !ok {
		return f, fmt.Errorf("kind: no such fault: %q", f.Kind)
	}
	if f.Number != "" && !meta.IsNumber(f.Number) {
		return f, fmt.Errorf("number: not a phone number with its country code; leave it out for any recipient")
	}
	if err := checkFrom(f, kind.phase); err != nil {
		return f, err
	}
	if err := checkOn(f, kind.phase); err != nil {
		return f, err
	}
	if f.Rate < 0 || f.Rate > 1 {
		return f, fmt.Errorf("rate: %v is not between 0 and 1", f.Rate)
	}
	if f.Delay < 0 || f.Times < 0 || f.Times > 100 || f.Code < 0 {
		return f, fmt.Errorf("delay, times (at most 100) and code cannot be that value")
	}
	if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		return f, fmt.Errorf("status: %d is no HTTP error", f.Status)
	}
	if f.Code == 0 {
		f.Code = kind.defaults.Code
	}
	if f.Status == 0 {
		f.Status = kind.defaults.Status
	}
	if f.Delay == 0 {
		f.Delay = kind.defaults.Delay
	}
	if f.Times == 0 {
		f.Times = kind.defaults.Times
	}
	f.Number = meta.PhoneKey(meta.Digits(f.Number))
	return f, nil
}

// checkFrom refuses a sending number that the fault would wait for in vain.
func checkFrom(f client.Fault, p phase) error {
	if f.From == "" {
		return nil
	}
	if p == onSMS || p == onGraph {
		return fmt.Errorf("from: a %s has no sending number", f.Kind)
	}
	if _, ours := SendingNumberByID(f.From); !ours {
		return fmt.Errorf("from: the account has no sending number with that phone_number_id")
	}
	return nil
}

// checkOn refuses a status that the fault would wait for in vain.
func checkOn(f client.Fault, p phase) error {
	var allowed []string
	switch {
	case p == onHook:
		allowed = []string{meta.StatusSent, meta.StatusDelivered, meta.StatusRead, meta.StatusFailed, meta.StatusWarning}
	case f.Kind == client.Failed:
		allowed = []string{meta.StatusSent}
	}
	if f.On != "" && !slices.Contains(allowed, f.On) {
		return fmt.Errorf("on: %s has no status %q; it has %q", f.Kind, f.On, allowed)
	}
	return nil
}

// LightChaos is what an honest receiver must cope with anyway; it is on unless the
// mock is calm.
func LightChaos() []client.Fault {
	return []client.Fault{
		{Kind: client.Jitter, Rate: 1},
		{Kind: client.Duplicate, Rate: 0.05, Times: 1},
		{Kind: client.Reorder, Rate: 0.05},
		{Kind: client.Batch, Rate: 0.05},
	}
}

// completeFaults fills in a list that was checked before.
func completeFaults(list []client.Fault) []client.Fault {
	out := make([]client.Fault, 0, len(list))
	for _, f := range list {
		if f, err := CompleteFault(f); err == nil {
			out = append(out, f)
		}
	}
	return out
}
