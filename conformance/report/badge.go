package report

import (
	"bytes"
	_ "embed" // For the template.
	"html/template"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

//go:embed badge.tmpl
var badgeTemplate string

// Badge is an SVG that says which profiles passed. A run that did not look at the
// whole core says that it is partial, whatever it has seen.
func Badge(d Data) ([]byte, error) {
	label, text := "courier conformance", badgeText(d.Verdict)
	var out bytes.Buffer
	err := template.Must(template.New("").Parse(badgeTemplate)).Execute(&out, map[string]any{
		"Label": label, "Text": text, "Colour": colours[badgeOutcome(d.Verdict)],
		"LabelWidth": width(label), "TextWidth": width(text), "Width": width(label) + width(text),
		"LabelMiddle": width(label) / 2, "TextMiddle": width(label) + width(text)/2,
	})
	return out.Bytes(), err
}

// badgeText names core and what else was claimed; the rest is one word.
func badgeText(v verdict.Verdict) string {
	if v.Outcome == verdict.DidNotRun {
		return string(verdict.DidNotRun)
	}
	var passed, other []string
	for _, p := range v.Profiles {
		switch p.Outcome {
		case verdict.Pass:
			passed = append(passed, p.Name)
		case verdict.NotApplicable, verdict.NotChosen:
		default:
			other = append(other, p.Name+" "+p.Says())
		}
	}
	if len(passed) > 0 {
		other = append([]string{strings.Join(passed, ", ") + " pass"}, other...)
	}
	if len(other) == 0 {
		return "nothing ran"
	}
	return strings.Join(other, " · ")
}

// badgeOutcome decides over the colour: the run's, and no green without core.
func badgeOutcome(v verdict.Verdict) verdict.Outcome {
	for _, p := range v.Profiles {
		if v.Outcome == verdict.Pass && p.Name == catalogue.Core && p.Outcome != verdict.Pass {
			return verdict.Partial
		}
		if v.Outcome == verdict.Pass && p.Outcome == verdict.Fail {
			return verdict.Fail // A known failure is one all the same.
		}
	}
	return v.Outcome
}

// colours are dark enough for white text.
var colours = map[verdict.Outcome]string{
	verdict.Pass: "#1a7f37", verdict.Fail: "#b3261e", verdict.Error: "#b3261e",
	verdict.Partial: "#8a5a00", verdict.DidNotRun: "#57606a",
}

// width is about how wide a text is, in pixels, with room on both sides.
func width(text string) int { return len([]rune(text))*7 + 16 }
