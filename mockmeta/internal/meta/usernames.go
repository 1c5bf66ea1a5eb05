package meta

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// username has no dot at its ends and no two in a row; that it needs a letter is
// checked apart.
var username = regexp.MustCompile(`^@[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$`)

// Characters of a username, without the @.
const minUsername, maxUsername = 3, 35

// isUsername applies Meta's rules, but for those about names that look like a
// site's.
func isUsername(name string) bool {
	length := len(name) - len("@")
	return username.MatchString(name) && minUsername <= length && length <= maxUsername && strings.ContainsFunc(name, unicode.IsLetter)
}

// CheckPerson refuses people whom Meta does not have.
func CheckPerson(h client.Handset) error {
	if h.Username != "" && !isUsername(h.Username) {
		return fmt.Errorf("username: must be @ and %d to %d letters, digits, underscores and single dots inside, with at least one letter", minUsername, maxUsername)
	}
	if h.NumberHidden && h.Username == "" {
		return fmt.Errorf("number_hidden: Meta leaves out the number of people with a username only; set username as well")
	}
	return nil
}
