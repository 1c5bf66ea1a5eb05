package world

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Faults is how the mock misbehaves: by faults that wait for the next send, and
// by chance.
type Faults struct{ do access }

// Waiting are the queued faults that have not struck.
func (f Faults) Waiting() (list []client.Fault) {
	f.do(func(s *state) { list = append([]client.Fault{}, s.faults.queue...) })
	return list
}

// Plant queues a fault, which strikes once.
func (f Faults) Plant(fault client.Fault) error {
	fault, err := CompleteFault(fault)
	if err != nil {
		return err
	}
	if fault.Rate != 0 {
		return fmt.Errorf("rate: a queued fault strikes once; chances are for /control/chaos")
	}
	f.do(func(s *state) { err = s.faults.add(fault) })
	return err
}

// Chaos is the misbehaviour by chance.
func (f Faults) Chaos() (c client.Chaos) {
	f.do(func(s *state) { c = client.Chaos{Seed: s.chaos.Seed, Faults: slices.Clone(s.chaos.Faults)} })
	return c
}

// SetChaos replaces the chaos, and returns it complete; seed 0 keeps the present
// one.
func (f Faults) SetChaos(c client.Chaos) (client.Chaos, error) {
	faults := slices.Clone(c.Faults)
	for i, fault := range c.Faults {
		complete, err := CompleteFault(fault)
		if err != nil {
			return c, err
		}
		if fault.Rate == 0 {
			return c, fmt.Errorf("rate: %s would never strike; leave it out instead", fault.Kind)
		}
		faults[i] = complete
	}
	f.do(func(s *state) {
		s.chaos = client.Chaos{Seed: cmp.Or(c.Seed, s.chaos.Seed), Faults: faults}
	})
	return f.Chaos(), nil
}

// TakeGraph takes the fault that waits for the next Graph call that is not a
// send.
func (f Faults) TakeGraph() (fault client.Fault, planted bool) {
	f.do(func(s *state) { fault, planted = s.faults.take(onGraph, "", "", "").Find(client.GraphError, "") })
	return fault, planted
}

// TakeSMS takes the faults of the next SMS to a number.
func (f Faults) TakeSMS(number string) (set FaultSet) {
	f.do(func(s *state) {
		set = append(magic(number), s.faults.take(onSMS, "", meta.PhoneKey(number), "")...).of(onSMS)
	})
	return set
}

// FaultSet is what happens to one message.
type FaultSet []client.Fault

// Find returns the first fault of a kind that means this status, or any.
func (s FaultSet) Find(kind, status string) (client.Fault, bool) {
	for _, f := range s {
		if f.Kind == kind && (f.On == "" || f.On == status) {
			return f, true
		}
	}
	return client.Fault{}, false
}

// Has says whether there is a fault of a kind.
func (s FaultSet) Has(kind string) bool {
	return slices.ContainsFunc(s, func(f client.Fault) bool { return f.Kind == kind })
}

// of returns the faults of a phase.
func (s FaultSet) of(p phase) FaultSet {
	kinds := faultKinds()
	var out FaultSet
	for _, f := range s {
		if kinds[f.Kind].phase == p {
			out = append(out, f)
		}
	}
	return out
}
