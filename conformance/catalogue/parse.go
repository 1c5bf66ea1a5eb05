package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const columns = 10

var (
	idForm   = regexp.MustCompile(`^[A-Z]+-[0-9]+$`)
	fileForm = regexp.MustCompile("`([a-z_]+\\.go)`")
	wordForm = regexp.MustCompile(`^\* \*\*([a-z.-]+)\*\*: (.+)$`)
)

// Parse reads REQUIREMENTS.md. The error has every fault, each with its line.
func Parse(markdown string) (Catalogue, error) {
	var c Catalogue
	var faults []error
	lists := map[string]*[]Word{"Profiles": &c.Profiles, "Claims": &c.Claims, "Access": &c.Access}
	var list *[]Word
	number := 0
	for line := range strings.Lines(markdown) {
		number++
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			list = lists[title]
		}
		if word := wordForm.FindStringSubmatch(line); word != nil && list != nil {
			*list = append(*list, Word{Name: word[1], Meaning: word[2]})
		}
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if id := strings.TrimSpace(cells[0]); !idForm.MatchString(id) {
			continue
		}
		r, err := c.row(cells)
		if err != nil {
			faults = append(faults, fmt.Errorf("REQUIREMENTS.md, line %d: %w", number, err))
			continue
		}
		c.Requirements = append(c.Requirements, r)
	}
	if len(c.Requirements) == 0 && len(faults) == 0 {
		faults = append(faults, errors.New("REQUIREMENTS.md has no requirements"))
	}
	return c, errors.Join(faults...)
}

// row reads one requirement. The words come before the tables, so they are known.
func (c Catalogue) row(cells []string) (Requirement, error) {
	if len(cells) != columns {
		return Requirement{}, fmt.Errorf("%d columns, want %d", len(cells), columns)
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	r := Requirement{
		ID: cells[0], Level: Must, Who: strings.Split(cells[2], ","), Profile: cells[3],
		Claims: words(cells[4]), Access: words(cells[5]), Text: cells[6], Origin: cells[7], NotTested: cells[9],
	}
	for _, name := range fileForm.FindAllStringSubmatch(cells[8], -1) {
		r.Files = append(r.Files, name[1])
	}
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(r.ID+": "+format, args...))
		}
	}
	if cells[1] == "S" {
		r.Level = Should
	}
	_, twice := c.Requirement(r.ID)
	fault(twice, "it is written twice")
	fault(cells[1] != "M" && cells[1] != "S", "level %q is neither M nor S", cells[1])
	for _, who := range r.Who {
		fault(!slices.Contains([]string{"K", "C", "W", "P"}, who), "%q in Who is none of K, C, W, P", who)
	}
	fault(!Has(c.Profiles, r.Profile), "there is no profile %q", r.Profile)
	for _, claim := range r.Claims {
		fault(!Has(c.Claims, claim), "there is no claim %q", claim)
	}
	for _, access := range r.Access {
		fault(!Has(c.Access, access), "there is no access %q", access)
	}
	fault(r.Text == "", "it has no text")
	fault(r.Origin == "", "it has no origin")
	fault(len(r.Files) == 0 && r.NotTested == "", "it has neither specs nor a reason why it is not tested")
	return r, errors.Join(faults...)
}

// words are the words of a cell, between commas.
func words(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, ", ")
}
