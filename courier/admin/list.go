package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const (
	defaultLimit = 50
	maxLimit     = 500
	// maxCode is the length of the longest provider code that is looked for.
	maxCode = 64
)

// filters are the query parameters of a list.
func filters() []string {
	return []string{"state", "purpose", "country", "channel", "code", "from", "to", "limit", "cursor"}
}

// list answers GET /admin/deliveries.
func (a *API) list(w http.ResponseWriter, r *http.Request) { a.page(w, r, courier.Phone{}) }

// search answers POST /admin/deliveries/search: the list of one number's.
func (a *API) search(w http.ResponseWriter, r *http.Request) {
	if phone, ok := a.phone(w, r); ok {
		a.page(w, r, phone)
	}
}

func (a *API) page(w http.ResponseWriter, r *http.Request, to courier.Phone) {
	page, err := parsePage(r.URL.Query())
	if err != nil {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason(err.Error()))
		return
	}
	page.To = to
	found, err := a.Reader.List(r.Context(), page)
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	answer := struct {
		Deliveries []deliveryView `json:"deliveries"`
		Next       string         `json:"next"`
	}{Deliveries: make([]deliveryView, 0, len(found.Deliveries))}
	if found.Next != (courier.ID{}) {
		answer.Next = found.Next.String()
	}
	for _, d := range found.Deliveries {
		answer.Deliveries = append(answer.Deliveries, view(d))
	}
	a.Answer.Write(w, r, answer)
}

// parsePage reads the filters, and tells the first fault.
func parsePage(query url.Values) (courier.Page, error) {
	page := courier.Page{Limit: defaultLimit}
	read := map[string]func(text string) error{
		"state":   func(text string) (err error) { page.States, err = states(text); return err },
		"purpose": func(text string) (err error) { page.Purpose, err = one(text, purposes()); return err },
		"country": func(text string) (err error) { page.Country, err = country(text); return err },
		"channel": func(text string) (err error) { page.Channel, err = one(text, channels()); return err },
		"code":    func(text string) (err error) { page.Code, err = code(text); return err },
		"from":    func(text string) (err error) { page.From, err = moment(text); return err },
		"to":      func(text string) (err error) { page.Until, err = moment(text); return err },
		"limit":   func(text string) (err error) { page.Limit, err = limit(text); return err },
		"cursor":  func(text string) (err error) { page.Before, err = cursor(text); return err },
	}
	for _, name := range filters() {
		if text := query.Get(name); text != "" {
			if err := read[name](text); err != nil {
				return page, fmt.Errorf("`%s` %w", name, err)
			}
		}
	}
	return page, nil
}

func purposes() []courier.Purpose {
	return []courier.Purpose{courier.Login, courier.Registration, courier.Verification, courier.Recovery}
}

func channels() []courier.Channel { return []courier.Channel{courier.WhatsApp, courier.SMS} }

// one reads a word of a list.
func one[T ~string](text string, known []T) (T, error) {
	if !slices.Contains(known, T(text)) {
		return "", fmt.Errorf("must be one of %s", words(known))
	}
	return T(text), nil
}

func words[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	return strings.Join(texts, ", ")
}

// states reads states with commas between them.
func states(text string) ([]courier.State, error) {
	var all []courier.State
	for word := range strings.SplitSeq(text, ",") {
		state := courier.State(word)
		if !state.Known() {
			return nil, errors.New("must be states of a delivery, such as failed,expired")
		}
		all = append(all, state)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func country(text string) (string, error) {
	switch hint, ok := courier.CheckRegion(text); {
	case ok:
		return text, nil
	case hint != "":
		return "", fmt.Errorf("is no country's code; %s may be meant", hint)
	}
	return "", errors.New("must be a country's code (ISO 3166-1 alpha-2), such as BR")
}

func code(text string) (string, error) {
	if len(text) > maxCode {
		return "", fmt.Errorf("must have at most %d characters", maxCode)
	}
	return text, nil
}

func moment(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, errors.New("must be an instant, such as 2026-11-21T12:00:00Z (RFC 3339; write + as %2B)")
	}
	return at, nil
}

func limit(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit {
		return 0, fmt.Errorf("must be a number from 1 to %d", maxLimit)
	}
	return n, nil
}

func cursor(text string) (courier.ID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return id, errors.New("must be the `next` of the page before")
	}
	return id, nil
}
