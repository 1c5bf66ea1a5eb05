package bill

import (
	"fmt"
	"io"
	"strings"
)

// Notices writes the licences and notices of parts, as a text for people.
func Notices(w io.Writer, parts []Part) error {
	var text strings.Builder
	text.WriteString("What is in whatsapp-courier and mockmeta beside their own code, with the licences and notices\n" +
		"that it comes with. The source of each module is at https://pkg.go.dev/<module>@<version>.\n\n")
	for _, part := range parts {
		fmt.Fprintf(&text, "%s %s: %s\n", part.Name, part.Version, strings.Join(part.Licences, ", "))
	}
	for _, part := range parts {
		for _, file := range part.Texts {
			fmt.Fprintf(&text, "\n%s\n%s %s: %s\n%s\n\n%s\n", strings.Repeat("=", 80), part.Name, part.Version, file.File,
				strings.Repeat("=", 80), strings.TrimSpace(file.Content))
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
