package meta

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var versionSegment = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)

// Version is a version of the Graph API; the zero value: the path had none.
type Version struct{ Major, Minor int }

func (v Version) String() string { return fmt.Sprintf("v%d.%d", v.Major, v.Minor) }

// ParseVersion reads a path segment such as v25.0.
func ParseVersion(segment string) (v Version, ok bool) {
	if !versionSegment.MatchString(segment) {
		return v, false
	}
	major, minor, _ := strings.Cut(segment[1:], ".")
	var err, err2 error
	v.Major, err = strconv.Atoi(major)
	v.Minor, err2 = strconv.Atoi(minor)
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
func (v Version) live(now time.Time) bool {
	if v.Major == newestVersion {
		return true
	}
	end, known := versionEnds()[v.Major]
	return known && now.Before(end)
}

// Served is the version that answers a call, and what there is to say about it.
type Served struct {
	Version Version
	// Warning is for people; empty when the call got what it asked for.
	Warning string
	Err     *Error
}

// Serve decides what answers a call that asks for v. Graph serves a version that
// has ended as the next oldest that can be used (Meta, "Platform Versioning");
// refuseExpired refuses it instead, as the Marketing API does.
func (v Version) Serve(path string, now time.Time, refuseExpired bool) Served {
	oldest := oldestLive(now)
	switch {
	case v == Version{}:
		return Served{Version: oldest}
	case v.Major > newestVersion || v.Minor != 0:
		return Served{Version: oldest, Err: UnknownPath(path).With("The newest version that mockmeta knows is v%d.0.", newestVersion)}
	case v.live(now):
		return Served{Version: v}
	case refuseExpired:
		return Served{Version: oldest, Err: &Error{HTTP: 400, Code: 2635, Title: fmt.Sprintf("You are calling a deprecated version of the API. Please update to the latest version: v%d.0.", newestVersion)}}
	}
	return Served{Version: oldest, Warning: fmt.Sprintf("%s has ended; the call was answered as %s. The newest version is v%d.0.", v, oldest, newestVersion)}
}

// oldestLive is what a path without version means.
func oldestLive(now time.Time) Version {
	for major := 2; major < newestVersion; major++ {
		if v := (Version{major, 0}); v.live(now) {
			return v
		}
	}
	return Version{newestVersion, 0}
}

// UnknownPath is what Graph answers for a path that it cannot read.
func UnknownPath(path string) *Error {
	return &Error{HTTP: 400, Code: 2500, Bare: true, Title: "Unknown path components: " + path}
}
