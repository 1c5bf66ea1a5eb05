package meta

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A code is a parameter of an authentication template: short, on one line, and
// without links and emoji (auth-template pages, November 2025; the words about
// lines and spaces from projects that got them from Meta).

var link = regexp.MustCompile(`(?i)://|\bwww\.|[a-z0-9-]\.[a-z]{2,}/`)

// wrongCode says what is wrong with a code; empty when nothing is.
func wrongCode(code string) string {
	switch {
	case utf8.RuneCountInString(code) > maxCode:
		return fmt.Sprintf("template parameter at index 0 exceeds the maximum length in the AUTHENTICATION category (%d characters).", maxCode)
	case strings.ContainsFunc(code, unicode.IsControl) || strings.ContainsAny(code, "\u2028\u2029") || strings.Contains(code, "     "):
		return "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
	case link.MatchString(code):
		return "template parameter at index 0: the AUTHENTICATION category takes no links"
	case strings.ContainsFunc(code, isEmoji):
		return "template parameter at index 0: the AUTHENTICATION category takes no emoji"
	}
	return ""
}

// isEmoji goes by Unicode's blocks of symbols and by the characters that join
// symbols into one.
func isEmoji(r rune) bool {
	const zeroWidthJoiner, keycap, emojiStyle = 0x200D, 0x20E3, 0xFE0F
	return r == zeroWidthJoiner || r == keycap || r == emojiStyle ||
		0x2600 <= r && r <= 0x27BF || 0x1F000 <= r && r <= 0x1FAFF
}
