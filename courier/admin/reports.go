package admin

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Prices are what reports estimate costs by.
type Prices struct {
	Currency string
	All      []courier.Price
}

// countries are those with a price of their own.
func (p Prices) countries() []string {
	var countries []string
	for _, price := range p.All {
		if price.Country != "" && !slices.Contains(countries, price.Country) {
			countries = append(countries, price.Country)
		}
	}
	return countries
}

// How long a report may be, by the hour and otherwise, and how long one is that names no
// beginning.
const (
	hourlyLongest = 3 * 24 * time.Hour
	longest       = 3 * 366 * 24 * time.Hour
	hourlyUsual   = 24 * time.Hour
	usual         = 7 * 24 * time.Hour
)

// reportParameters are the query parameters of a report.
func reportParameters() []string { return []string{"by", "from", "to", "format"} }

// report is the answer to GET /admin/reports.
type report struct {
	By courier.Grouping `json:"by"`
	// From and To are the whole hours or days that the report is about.
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	Currency string     `json:"currency"`
	Lines    []lineView `json:"lines"`
	Total    totalView  `json:"total"`
}

// lineView is a line of a report.
type lineView struct {
	// Key is the hour, day, country, channel or purpose.
	Key string `json:"key"`
	totalView
}

// totalView is what is told of each line, and of all together.
type totalView struct {
	Messages   int `json:"messages"`
	Suppressed int `json:"suppressed"`
	Sent       int `json:"sent"`
	Delivered  int `json:"delivered"`
	Read       int `json:"read"`
	Used       int `json:"used"`
	Fallback   int `json:"fallback"`
	Failed     int `json:"failed"`
	// FallbackShare and Conversion are of Sent.
	FallbackShare float64 `json:"fallback_share"`
	Conversion    float64 `json:"conversion"`
	// Median and P95 are times from accepting a message to the phone; null when none came.
	Median             *float64       `json:"median_seconds"`
	P95                *float64       `json:"p95_seconds"`
	SuppressedByReason map[string]int `json:"suppressed_by_reason"`
	FailedByReason     map[string]int `json:"failed_by_reason"`
	Cost               float64        `json:"cost"`
	// Unpriced are the messages whose price is not known.
	Unpriced int `json:"unpriced"`
}

// reports answers GET /admin/reports from what was counted with each change.
func (a *API) reports(w http.ResponseWriter, r *http.Request) {
	query, format, err := parseReport(r.URL.Query(), a.Now())
	if err != nil {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason(err.Error()))
		return
	}
	query.Countries = a.Prices.countries()
	tallies, err := a.Reader.Tallies(r.Context(), query)
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	lines, total := courier.SumUp(query.By, tallies, a.Prices.All)
	answer := report{
		By: query.By, From: query.From, To: query.Until, Currency: a.Prices.Currency,
		Lines: make([]lineView, len(lines)), Total: viewOf(total),
	}
	for i, line := range lines {
		answer.Lines[i] = lineView{line.Key, viewOf(line)}
	}
	if format == "csv" {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		_ = answer.writeCSV(w) // the one who asked has gone
		return
	}
	a.Answer.Write(w, r, answer)
}

// parseReport reads the parameters, and tells the first fault.
func parseReport(query url.Values, now time.Time) (q courier.TallyQuery, format string, err error) {
	q.By, format = courier.ByDay, "json"
	if text := query.Get("by"); text != "" {
		if q.By, err = one(text, courier.Groupings()); err != nil {
			return q, "", fmt.Errorf("`by` %w", err)
		}
	}
	if text := query.Get("format"); text != "" {
		if format, err = one(text, []string{"json", "csv"}); err != nil {
			return q, "", fmt.Errorf("`format` %w", err)
		}
	}
	length, bound, most := usual, longest, "three years"
	if q.By == courier.ByHour {
		length, bound, most = hourlyUsual, hourlyLongest, "three days by the hour"
	}
	q.Until = now
	if text := query.Get("to"); text != "" {
		if q.Until, err = moment(text); err != nil {
			return q, "", fmt.Errorf("`to` %w", err)
		}
	}
	q.From = q.Until.Add(-length)
	if text := query.Get("from"); text != "" {
		if q.From, err = moment(text); err != nil {
			return q, "", fmt.Errorf("`from` %w", err)
		}
	}
	switch asked := q.Until.Sub(q.From); {
	case asked <= 0:
		return q, "", errors.New("`from` must be before `to`")
	case asked > bound:
		return q, "", fmt.Errorf("`from` and `to` must not be further apart than %s", most)
	}
	return q.Whole(), format, nil
}

func viewOf(s courier.Summary) totalView {
	// A change may be known of a message that was counted before there were reports.
	count := func(m courier.Measure) int { return max(s.Counts[m], 0) }
	v := totalView{
		Messages: count(courier.MeasureMessages), Suppressed: count(courier.MeasureSuppressed), Sent: count(courier.MeasureSent),
		Delivered: count(courier.MeasureDelivered), Read: count(courier.MeasureRead), Used: count(courier.MeasureUsed),
		Fallback: count(courier.MeasureFellBack), Failed: count(courier.MeasureFailed),
		FallbackShare: rounded(max(s.Share(courier.MeasureFellBack, courier.MeasureSent), 0), 4),
		Conversion:    rounded(max(s.Share(courier.MeasureUsed, courier.MeasureSent), 0), 4),
		Cost:          rounded(max(s.Cost, 0), 6), Unpriced: max(s.Unpriced, 0),
		SuppressedByReason: map[string]int{}, FailedByReason: map[string]int{},
	}
	if count(courier.MeasureDelivered) > 0 {
		median, p95 := rounded(s.TimeToPhone(0.5).Seconds(), 3), rounded(s.TimeToPhone(0.95).Seconds(), 3)
		v.Median, v.P95 = &median, &p95
	}
	for reason, n := range s.Reasons {
		switch {
		case n <= 0:
		case reason.Measure == courier.MeasureSuppressed:
			v.SuppressedByReason[reason.Word] = n
		default:
			v.FailedByReason[reason.Word] = n
		}
	}
	return v
}

func rounded(x float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(x*scale) / scale
}
