package runner

import (
	"cmp"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

const (
	// unknownSeconds is what a spec is taken for that was never measured.
	unknownSeconds = 2.0
	// startOfKratos is what a Kratos costs a shard, in seconds, while others start
	// theirs.
	startOfKratos = 3.0
)

// shard is the specs of one child, the longest first.
type shard struct {
	specs   []string
	seconds float64
	kratos  bool
}

// plan shares specs out among so many shards. The longest come first, each into
// the shard that would be done with it first; only shards in which a spec logs in
// have a Kratos. Shards without a spec are left out.
func plan(specs []catalogue.Spec, measured map[string]Measured, shards int) []shard {
	specs = slices.Clone(specs)
	seconds := func(name string) float64 {
		if m, ok := measured[name]; ok {
			return m.Seconds
		}
		return unknownSeconds
	}
	slices.SortStableFunc(specs, func(a, b catalogue.Spec) int { return cmp.Compare(seconds(b.Name), seconds(a.Name)) })
	all := make([]shard, max(shards, 1))
	for _, spec := range specs {
		m, known := measured[spec.Name]
		kratos := !known || slices.Contains(m.Needs, "kratos")
		end := func(s shard) float64 {
			if kratos && !s.kratos {
				return s.seconds + startOfKratos
			}
			return s.seconds
		}
		best := 0
		for i := range all {
			if end(all[i]) < end(all[best]) {
				best = i
			}
		}
		s := &all[best]
		s.seconds = end(*s) + seconds(spec.Name)
		s.kratos = s.kratos || kratos
		s.specs = append(s.specs, spec.Name)
	}
	return slices.DeleteFunc(all, func(s shard) bool { return len(s.specs) == 0 })
}

// Quick chooses specs for a first look: of each requirement the shortest that was
// measured, where that takes less than a second.
func Quick(specs []catalogue.Spec, measured map[string]Measured) map[string]bool {
	const most = 1.0
	shortest := map[string]string{}
	for _, spec := range specs {
		m, ok := measured[spec.Name]
		if !ok || m.Seconds >= most {
			continue
		}
		for _, id := range spec.IDs {
			if known, ok := shortest[id]; !ok || m.Seconds < measured[known].Seconds {
				shortest[id] = spec.Name
			}
		}
	}
	chosen := map[string]bool{}
	for _, name := range shortest {
		chosen[name] = true
	}
	return chosen
}
