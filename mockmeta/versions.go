package mockmeta

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// version is a version of the Graph API; nil-safe zero value: the path had none.
type version struct{ major, minor int }

func (v version) String() string { return fmt.Sprintf("v%d.%d", v.major, v.minor) }

// parseVersion reads a path segment such as v25.0.
func parseVersion(segment string) (v version, ok bool) {
	if !versionSegment.MatchString(segment) {
		return v, false
	}
	major, minor, _ := strings.Cut(segment[1:], ".")
	var err, err2 error
	v.major, err = strconv.Atoi(major)
	v.minor, err2 = strconv.Atoi(minor)
	return v, err == nil && err2 == nil
}

// newestVersion is the newest that we know; newer ones are taken as well.
const newestVersion = 26

// versionEnds says until when the versions that we know can be used (Graph API
// changelog, copy after 29 July 2026). Older ones are gone.
func versionEnds() map[int]time.Time {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	return map[int]time.Time{
		21: day(2027, time.January, 21),
		22: day(2027, time.May, 20),
		23: day(2027, time.October, 8),
		24: day(2028, time.February, 18),
		25: day(2028, time.July, 29),
	}
}

// live says whether the version can be used at that time.
func (v version) live(now time.Time) bool {
	if v.major >= newestVersion {
		return true
	}
	end, known := versionEnds()[v.major]
	return known && now.Before(end)
}

// refused is the error for a version that cannot be used, or nil.
func (v version) refused(now time.Time) *graphError {
	switch {
	case v == version{}:
		return nil // Meta takes the oldest that can be used
	case v.minor != 0:
		return &graphError{HTTP: 400, Code: 2500, Bare: true, Title: "Unknown path components: /" + v.String()}
	case !v.live(now):
		return &graphError{HTTP: 400, Code: 2635, Title: fmt.Sprintf("You are calling a deprecated version of the API. Please update to the latest version: v%d.0.", newestVersion)}
	}
	return nil
}

// oldestLive is what a path without version means.
func oldestLive(now time.Time) version {
	for major := 2; major < newestVersion; major++ {
		if v := (version{major, 0}); v.live(now) {
			return v
		}
	}
	return version{newestVersion, 0}
}
