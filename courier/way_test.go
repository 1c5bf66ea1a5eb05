package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	var (
		free     = offer{}
		waits    = offer{wait: time.Second}
		longer   = offer{wait: time.Minute}
		full     = offer{full: true}
		degraded = offer{faults: 1}
		due      = offer{faults: 1, probeDue: true}
		busyDue  = offer{faults: 1, probeDue: true, wait: time.Second}
		worse    = offer{faults: 2, probeDue: true}
		fullDue  = offer{faults: 1, probeDue: true, full: true}
	)
	for name, c := range map[string]struct {
		offers   []offer
		lastHope bool
		want     int // index of the chosen one, or of the one to wait for
		probe    bool
		why      obstacle
	}{
		"the first that is free":                         {[]offer{free, free}, false, 0, false, none},
		"not one that has to wait":                       {[]offer{waits, free}, false, 1, false, none},
		"the shortest wait":                              {[]offer{longer, waits}, false, 1, false, none},
		"the first of equal waits":                       {[]offer{waits, waits}, false, 0, false, none},
		"not a full one":                                 {[]offer{full, waits}, false, 1, false, none},
		"not a degraded one":                             {[]offer{degraded, waits}, false, 1, false, none},
		"a probe":                                        {[]offer{due, free}, false, 0, true, none},
		"no probe that would wait":                       {[]offer{busyDue, longer}, false, 1, false, none},
		"a place is free before the wait is over":        {[]offer{longer, full}, false, 1, false, allFull},
		"a short wait is over before there is a place":   {[]offer{full, waits}, false, 1, false, none},
		"a full one that is degraded gives no hope":      {[]offer{longer, fullDue}, false, 0, false, none},
		"the last hope, a place before the wait is over": {[]offer{fullDue, {faults: 1, wait: time.Minute}}, true, 0, false, allFull},
		"a probe by the least broken":                    {[]offer{worse, due}, false, 1, true, none},
		"no probe by one that is more broken":            {[]offer{worse, degraded}, false, 0, false, allDegraded},
		"all full":                                       {[]offer{full, full}, false, 0, false, allFull},
		"full or degraded":                               {[]offer{full, degraded}, false, 0, false, allFull},
		"all degraded":                                   {[]offer{degraded, busyDue, fullDue}, false, 0, false, allDegraded},
		"a probe of the last hope":                       {[]offer{due, free}, true, 0, true, none},
		"the last hope, all degraded":                    {[]offer{degraded, due}, true, 0, false, none},
		"the last hope, waiting":                         {[]offer{busyDue, fullDue}, true, 0, false, none},
		"the last hope, degraded or full":                {[]offer{fullDue, fullDue}, true, 0, false, allFull},
		"the last hope has one in order":                 {[]offer{degraded, waits}, true, 1, false, none},
	} {
		ways := make([]*way, len(c.offers))
		for i := range c.offers {
			ways[i] = &way{}
			c.offers[i].way = ways[i]
		}
		best, probe, why := choose(c.offers, c.lastHope)
		require.Equal(t, c.why, why, name)
		require.Equal(t, c.probe, probe, name)
		switch why {
		case none:
			require.Same(t, ways[c.want], best.way, name)
		case allFull:
			require.Same(t, ways[c.want], toWaitFor(c.offers, c.lastHope)[0], name)
		case allDegraded:
			require.Empty(t, toWaitFor(c.offers, c.lastHope), name)
		}
	}
}
