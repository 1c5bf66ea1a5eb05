package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type junitSuite struct {
	Name      string `xml:"name,attr"`
	Timestamp string `xml:"timestamp,attr"`
	junitCounts
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	File    string       `xml:"file,attr"`
	Line    int          `xml:"line,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitDetail `xml:"failure"`
	Error   *junitDetail `xml:"error"`
	Skipped *junitDetail `xml:"skipped"`
	Out     string       `xml:"system-out,omitempty"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit is the report as CI systems read it: a test suite a profile, a test case
// a spec that was chosen, with its requirement as the class. What is blocked is an
// error, and a failure that does not count is skipped, so that a viewer is red
// exactly when the exit code is.
func JUnit(d Data) ([]byte, error) {
	all := junitSuites{Name: "courier-conformance"}
	total := 0.0
	for _, p := range d.Verdict.Profiles {
		suite, seconds := d.junitSuite(p)
		if suite.Tests == 0 {
			continue
		}
		total += seconds
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Skipped += suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	all.Time = junitTime(total)
	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	err := encoder.Encode(all)
	out.WriteByte('\n')
	return out.Bytes(), err
}

func (d Data) junitSuite(p verdict.Profile) (junitSuite, float64) {
	suite := junitSuite{
		Name: p.Name, Timestamp: d.Identity.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"target", d.Identity.Target + " " + d.Identity.TargetVersion},
			{"kratos", d.Identity.Kratos},
			{"suite", d.Identity.Suite},
			{"claims", strings.Join(d.Identity.Claims, " ")},
			{"scope", d.Identity.Scope},
			{"verdict", d.Verdict.Headline},
		},
	}
	seconds := 0.0
	for _, spec := range d.Verdict.Specs {
		if spec.Outcome == verdict.NotChosen || d.profileOf(spec) != p.Name {
			continue
		}
		c := d.junitCase(spec)
		seconds += d.Details[spec.Name].Seconds
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = junitTime(seconds)
	return suite, seconds
}

func (d Data) junitCase(spec verdict.Spec) junitCase {
	detail := d.Details[spec.Name]
	c := junitCase{
		Class: spec.IDs[0], Name: spec.Name, File: "conformance/specs/" + spec.File, Line: spec.Line,
		Time: junitTime(detail.Seconds),
	}
	said := &junitDetail{Message: spec.Why, Type: string(spec.Outcome), Text: "\n" + detail.Failure + "\n"}
	switch {
	case spec.Remark != "":
		c.Skipped = &junitDetail{Message: string(spec.Outcome) + ", " + spec.Remark + ": " + spec.Why}
	case spec.Outcome == verdict.Fail:
		c.Failure = said
	case spec.Outcome == verdict.Blocked, spec.Outcome == verdict.Error:
		c.Error = said
	case spec.Outcome != verdict.Pass:
		c.Skipped = &junitDetail{Message: string(spec.Outcome) + ": " + spec.Why}
	}
	if c.Failure != nil || c.Error != nil {
		c.Out = timelineText(detail)
	}
	return c
}

// profileOf is the profile of the requirement that a spec stands with.
func (d Data) profileOf(spec verdict.Spec) string {
	for _, r := range d.Verdict.Requirements {
		if r.ID == spec.IDs[0] {
			return r.Profile
		}
	}
	return ""
}

func timelineText(detail Detail) string {
	var out strings.Builder
	for _, e := range detail.Events {
		fmt.Fprintf(&out, "\n%s  %s to %s: %s", clock(e.At), e.From, e.To, e.What)
	}
	for _, note := range detail.Notes {
		fmt.Fprintf(&out, "\n\n%s\n%s", note.Name, note.Text)
	}
	return out.String()
}

func junitTime(seconds float64) string { return fmt.Sprintf("%.2f", seconds) }

// clock is a time of day. Three digits of a second are no code.
func clock(at time.Time) string { return at.UTC().Format("15:04:05.000") }
