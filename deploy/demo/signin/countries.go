package signin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// country is a choice for people who type their number as at home.
type country struct {
	// Code is its region (ISO 3166-1 alpha-2), Prefix its calling code.
	Code, Name string
	Prefix     int
	// Chosen is the one that the browser's language speaks for.
	Chosen bool
}

// countries are those that have phone numbers, by name.
func countries(locale string) []country {
	chosen, _ := language.Make(locale).Region()
	names := display.English.Regions()
	var all []country
	for code := range phonenumbers.GetSupportedRegions() {
		region, err := language.ParseRegion(code)
		if err != nil {
			continue // phone numbers know it, and lists of countries do not
		}
		all = append(all, country{
			Code: code, Name: names.Name(region), Prefix: phonenumbers.GetCountryCodeForRegion(code), Chosen: region == chosen,
		})
	}
	slices.SortFunc(all, func(a, b country) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// number writes a number that was typed as at home as Kratos takes it.
func (s *server) number(w http.ResponseWriter, r *http.Request) {
	number, err := phonenumbers.Parse(r.PostFormValue("number"), r.PostFormValue("country"))
	if err != nil || !phonenumbers.IsValidNumber(number) {
		http.Error(w, "not a valid phone number", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(phonenumbers.Format(number, phonenumbers.E164))) // the browser is gone: no one to tell
}
