package mockmeta

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// version is a version of the Graph API; the zero value: the path had none.
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

// newestVersion is the newest that we know. Graph answers those that are not
// there yet as if they were part of the path.
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
	if v.major == newestVersion {
		return true
	}
	end, known := versionEnds()[v.major]
	return known && now.Before(end)
}

// served is the version that answers a call, and what there is to say about it.
type served struct {
	version version
	// warning is for people; empty when the call got what it asked for.
	warning string
	err     *graphError
}

// serve decides what answers a call that asks for v. Graph serves a version that
// has ended as the next oldest that can be used (Meta, "Platform Versioning");
// refuseExpired refuses it instead, as the Marketing API does.
func (v version) serve(path string, now time.Time, refuseExpired bool) served {
	oldest := oldestLive(now)
	switch {
	case v == version{}:
		return served{version: oldest}
	case v.major > newestVersion || v.minor != 0:
		return served{version: oldest, err: unknownPath(path).with("The newest version that mockmeta knows is v%d.0.", newestVersion)}
	case v.live(now):
		return served{version: v}
	case refuseExpired:
		return served{version: oldest, err: &graphError{HTTP: 400, Code: 2635, Title: fmt.Sprintf("You are calling a deprecated version of the API. Please update to the latest version: v%d.0.", newestVersion)}}
	}
	return served{version: oldest, warning: fmt.Sprintf("%s has ended; the call was answered as %s. The newest version is v%d.0.", v, oldest, newestVersion)}
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
