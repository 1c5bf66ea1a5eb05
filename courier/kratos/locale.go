package kratos

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// maxLocales bounds how many language wishes are kept of one message.
const maxLocales = 5

// locales collects a person's language wishes, strongest first: the page's
// choice, the identity's, the browser's. At registration the "identity" is the
// traits object itself (captured from Kratos v26.2.0).
func locales(transient, identity map[string]json.RawMessage, headers json.RawMessage) []string {
	var tags []string
	for _, wish := range []string{
		text(transient["locale"]),
		text(object(identity["traits"])["locale"]),
		text(object(identity["metadata_public"])["locale"]),
		text(identity["locale"]),
	} {
		if tag, err := language.Parse(strings.ReplaceAll(wish, "_", "-")); err == nil && wish != "" {
			tags = append(tags, tag.String())
		}
	}
	for _, value := range acceptLanguage(headers) {
		// Errors are ignored: half a header is still a wish.
		parsed, _, _ := language.ParseAcceptLanguage(clip(value, 256))
		for _, tag := range parsed {
			tags = append(tags, tag.String())
		}
	}
	return first(maxLocales, tags)
}

// acceptLanguage finds the header that Kratos v26 passes on.
func acceptLanguage(headers json.RawMessage) []string {
	var values map[string][]string
	if json.Unmarshal(headers, &values) != nil {
		return nil
	}
	return values["Accept-Language"]
}

// first returns the first n distinct tags.
func first(n int, tags []string) []string {
	var distinct []string
	for _, tag := range tags {
		if len(distinct) < n && tag != "und" && !slices.Contains(distinct, tag) {
			distinct = append(distinct, tag)
		}
	}
	return distinct
}
