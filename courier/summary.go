package courier

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Grouping is what the lines of a report stand for.
type Grouping string

// The groupings.
const (
	ByHour    Grouping = "hour"
	ByDay     Grouping = "day"
	ByCountry Grouping = "country"
	ByChannel Grouping = "channel"
	ByPurpose Grouping = "purpose"
)

// Groupings are all of them.
func Groupings() []Grouping { return []Grouping{ByDay, ByHour, ByCountry, ByChannel, ByPurpose} }

// Span is what tallies are added up for: Hour, or Day in UTC.
type Span time.Duration

// The spans.
const (
	Hour = Span(time.Hour)
	Day  = Span(24 * time.Hour)
)

// Of is the beginning of the span that an instant lies in.
func (s Span) Of(at time.Time) time.Time { return at.UTC().Truncate(time.Duration(s)) }

// hoursFor is how long a report may be that is answered to the hour, the begun ones
// included; a longer one has whole days, of which there are fewer to add up.
const hoursFor = 73 * time.Hour

// TallyQuery selects tallies: those of the deliveries that were accepted from one instant
// on and before the other.
type TallyQuery struct {
	By          Grouping
	From, Until time.Time
	// Countries are those that must be told apart on a channel, whatever By is: they have
	// prices of their own. The others are "" unless By is ByCountry.
	Countries []string
}

// Span is that of which tallies are added up.
func (q TallyQuery) Span() Span {
	if hours := q.widened(Hour); q.By == ByHour || hours.Until.Sub(hours.From) <= hoursFor {
		return Hour
	}
	return Day
}

// Whole widens the query to whole spans.
func (q TallyQuery) Whole() TallyQuery { return q.widened(q.Span()) }

func (q TallyQuery) widened(s Span) TallyQuery {
	last := s.Of(q.Until)
	if last.Before(q.Until) {
		last = last.Add(time.Duration(s))
	}
	q.From, q.Until = s.Of(q.From), last
	return q
}

// Price is what a message costs: on WhatsApp one that was delivered, since Meta charges no
// other, and as an SMS one that the provider took.
type Price struct {
	Channel Channel
	// Country is "" for all that have no price of their own.
	Country string
	Amount  float64
}

// Summary is a line of a report.
type Summary struct {
	// Key is what the line stands for: an hour or a day as RFC 3339 has it, a country, a
	// channel or a purpose; "" for what has none.
	Key     string
	Counts  Counts
	Reasons map[Reason]int
	// Cost is estimated by the prices. Unpriced are the messages that have none.
	Cost     float64
	Unpriced int
}

// SumUp makes the lines of a report of what a store has tallied, in the order of their
// keys, and their total. By channel the total is of deliveries, not of the lines.
func SumUp(by Grouping, tallies []Tally, prices []Price) (lines []Summary, total Summary) {
	byKey := map[string]*Summary{}
	total.Reasons = map[Reason]int{}
	for _, t := range tallies {
		key := by.key(t)
		line := byKey[key]
		if line == nil && (by != ByChannel || t.Channel != "") {
			line = &Summary{Key: key, Reasons: map[Reason]int{}}
			byKey[key] = line
		}
		if t.Channel == "" {
			total.add(t)
		}
		if (t.Channel == "") != (by == ByChannel) {
			line.add(t)
		}
		if t.Channel != "" {
			total.charge(t, prices)
			line.charge(t, prices)
		}
	}
	for _, line := range byKey {
		lines = append(lines, *line)
	}
	slices.SortFunc(lines, func(a, b Summary) int { return cmp.Compare(a.Key, b.Key) })
	return lines, total
}

func (by Grouping) key(t Tally) string {
	switch by {
	case ByHour:
		return Hour.Of(t.Accepted).Format(time.RFC3339)
	case ByDay:
		return Day.Of(t.Accepted).Format(time.DateOnly)
	case ByCountry:
		return t.Country
	case ByChannel:
		return string(t.Channel)
	case ByPurpose:
		return string(t.Purpose)
	}
	return ""
}

func (s *Summary) add(t Tally) {
	s.Counts.Add(t.Counts)
	for reason, n := range t.Reasons {
		s.Reasons[reason] += n
	}
}

func (s *Summary) charge(t Tally, prices []Price) {
	messages := t.Counts[MeasureSent]
	if t.Channel == WhatsApp {
		messages = t.Counts[MeasureDelivered]
	}
	for _, country := range []string{t.Country, ""} {
		i := slices.IndexFunc(prices, func(p Price) bool { return p.Channel == t.Channel && p.Country == country })
		if i >= 0 {
			s.Cost += float64(messages) * prices[i].Amount
			return
		}
	}
	s.Unpriced += messages
}

// Share is a part of a whole, 0 to 1; 0 of nothing.
func (s Summary) Share(part, whole Measure) float64 {
	if s.Counts[whole] <= 0 {
		return 0
	}
	return float64(s.Counts[part]) / float64(s.Counts[whole])
}

// TimeToPhone is the time within which a part of the deliveries came that did come, such as
// 0.95 of them; zero when none did. It is estimated: within a pair of bounds they are taken to
// be spread evenly. Of what is beyond the last bound that bound is told.
func (s Summary) TimeToPhone(part float64) time.Duration {
	bounds := ToPhone()
	counts := s.Counts[measures:]
	all := 0
	for _, n := range counts {
		all += max(n, 0)
	}
	rank := part * float64(all)
	var below time.Duration
	for i, bound := range bounds {
		n := float64(max(counts[i], 0))
		if n > 0 && rank <= n {
			return below + time.Duration(math.Round(rank/n*float64(bound-below)))
		}
		rank -= n
		below = bound
	}
	if all == 0 {
		return 0
	}
	return below
}
