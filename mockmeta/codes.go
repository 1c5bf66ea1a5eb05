package mockmeta

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A code is a parameter of an authentication template: short, on one line, and
// without links and emoji (auth-template pages, November 2025; the words about
// lines and spaces from projects that got them from Meta).

var (
	link  = regexp.MustCompile(`(?i)://|\bwww\.|[a-z0-9-]\.[a-z]{2,}/`)
	emoji = &unicode.RangeTable{
		R16: []unicode.Range16{{Lo: 0x200D, Hi: 0x200D, Stride: 1}, {Lo: 0x20E3, Hi: 0x20E3, Stride: 1}, {Lo: 0x2600, Hi: 0x27BF, Stride: 1}, {Lo: 0xFE0F, Hi: 0xFE0F, Stride: 1}},
		R32: []unicode.Range32{{Lo: 0x1F000, Hi: 0x1FAFF, Stride: 1}},
	}
)

// wrongCode says what is wrong with a code; empty when nothing is.
func wrongCode(code string) string {
	switch {
	case utf8.RuneCountInString(code) > maxCode:
		return "template parameter at index 0 exceeds the maximum length in the AUTHENTICATION category (15 characters)."
	case strings.ContainsFunc(code, unicode.IsControl) || strings.ContainsAny(code, "\u2028\u2029") || strings.Contains(code, "     "):
		return "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
	case link.MatchString(code):
		return "template parameter at index 0: the AUTHENTICATION category takes no links"
	case strings.ContainsFunc(code, func(r rune) bool { return unicode.Is(emoji, r) }):
		return "template parameter at index 0: the AUTHENTICATION category takes no emoji"
	}
	return ""
}
