package doctor

import (
	"fmt"
	"net/http"
	"time"
)

// endsSoon is how long before its end a version is warned of: an update wants a test.
const endsSoon = 60 * 24 * time.Hour

// versionEnd is until when a version of the Graph API can be used (Graph API changelog, copy
// after 29 July 2026). The zero time means that it is not known.
func versionEnd(version string) time.Time {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	return map[string]time.Time{
		"v19.0": day(2026, time.May, 21), "v20.0": day(2026, time.September, 24), "v21.0": day(2027, time.January, 21),
		"v22.0": day(2027, time.May, 20), "v23.0": day(2027, time.October, 8), "v24.0": day(2028, time.February, 18),
		"v25.0": day(2028, time.July, 29),
	}[version]
}

// version compares the version that was asked for with the one that answered: Meta serves
// one that has ended as the oldest that is left.
func version(asked, served string, now time.Time) []Finding {
	const where, do = "whatsapp.api_version", "set a newer one from Meta's Graph API changelog, after a test"
	if served != "" && served != asked {
		return []Finding{{Warning, where, fmt.Sprintf("%s has ended: Meta answers as %s", asked, served), do}}
	}
	if end := versionEnd(asked); !end.IsZero() && now.Add(endsSoon).After(end) {
		return []Finding{{Warning, where, fmt.Sprintf("%s ends on %s; Meta answers as another version then", asked, end.Format(time.DateOnly)), do}}
	}
	return nil
}

// wrongBy is how far a clock may be from a provider's.
const wrongBy = 30 * time.Second

// clock compares this machine's time with that of an answer of a provider.
func clock(date, whose string, now time.Time) []Finding {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return nil // a proxy may have taken it away
	}
	off := now.Sub(theirs).Round(time.Second)
	if off.Abs() <= wrongBy {
		return nil
	}
	return []Finding{{
		Warning, "clock", fmt.Sprintf("the clock of this machine is %s away from %s's", off.Abs(), whose),
		"have it set by NTP: certificates and the times of reports are judged by it",
	}}
}
