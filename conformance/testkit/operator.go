package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Operator reads the courier's operator API.
type Operator struct {
	URL string
	Key string
	// replicas are the URLs of all processes, for what each knows by itself.
	replicas []string
}

// each are the processes that are asked for what each knows by itself.
func (o *Operator) each() []string {
	if len(o.replicas) == 0 {
		return []string{o.URL}
	}
	return o.replicas
}

// Delivery is what operators see of one delivery.
type Delivery struct {
	ID           string    `json:"id"`
	TemplateType string    `json:"template_type"`
	To           string    `json:"to"`
	State        string    `json:"state"`
	Reason       string    `json:"reason"`
	Alert        string    `json:"alert"`
	Repeats      int       `json:"repeats"`
	AcceptedAt   time.Time `json:"accepted_at"`
	ExpiresAt    time.Time `json:"expires_at"`
	EndedAt      time.Time `json:"ended_at"`
	UsedAt       time.Time `json:"used_at"`
	Attempts     []Attempt `json:"attempts"`
}

// DeliveredAt is when the last attempt arrived; zero if it did not.
func (d Delivery) DeliveredAt() time.Time {
	if len(d.Attempts) == 0 {
		return time.Time{}
	}
	return d.Attempts[len(d.Attempts)-1].DeliveredAt
}

// Attempt is what operators see of one attempt.
type Attempt struct {
	N           int       `json:"n"`
	Channel     string    `json:"channel"`
	Provider    string    `json:"provider"`
	State       string    `json:"state"`
	Class       string    `json:"class"`
	Code        string    `json:"code"`
	Reason      string    `json:"reason"`
	StartedAt   time.Time `json:"started_at"`
	AcceptedAt  time.Time `json:"accepted_at"`
	SentAt      time.Time `json:"sent_at"`
	DeliveredAt time.Time `json:"delivered_at"`
	ReadAt      time.Time `json:"read_at"`
	FailedAt    time.Time `json:"failed_at"`
}

// Delivery returns one delivery by the id in Kratos' answer (X-Delivery-Id).
func (o *Operator) Delivery(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	return d, o.get(ctx, "/admin/deliveries/"+url.PathEscape(id), &d)
}

// Deliveries returns all deliveries, following the cursor to its end.
func (o *Operator) Deliveries(ctx context.Context) ([]Delivery, error) {
	var all []Delivery
	cursor := ""
	for {
		var page struct {
			Deliveries []Delivery `json:"deliveries"`
			Next       string     `json:"next"`
		}
		query := url.Values{"limit": {strconv.Itoa(100)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := o.get(ctx, "/admin/deliveries?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Deliveries...)
		if page.Next == "" {
			return all, nil
		}
		cursor = page.Next
	}
}

// DeliveriesTo returns the deliveries to a number since an instant, oldest first.
// Operators may see masked numbers only, so it compares what they show: give
// people who get messages at the same time numbers that differ there, as Numbers
// does.
func (o *Operator) DeliveriesTo(ctx context.Context, phone string, since time.Time) ([]Delivery, error) {
	all, err := o.Deliveries(ctx)
	if err != nil {
		return nil, err
	}
	theirs := slices.DeleteFunc(all, func(d Delivery) bool {
		return !shows(d.To, phone) || d.AcceptedAt.Before(since)
	})
	slices.SortFunc(theirs, func(a, b Delivery) int { return a.AcceptedAt.Compare(b.AcceptedAt) })
	return theirs, nil
}

// Look asks for what operators look at, and reads no more than that it came.
func (o *Operator) Look(ctx context.Context, path string) error {
	var any any
	return o.get(ctx, path, &any)
}

// shows reports whether a masked number can be this one.
func shows(masked, phone string) bool {
	if len(masked) != len(phone) {
		return false
	}
	for i := range len(masked) {
		if masked[i] != '*' && masked[i] != phone[i] {
			return false
		}
	}
	return true
}

func (o *Operator) get(ctx context.Context, path string, into any) error {
	return o.getFrom(ctx, o.URL, path, into)
}

func (o *Operator) getFrom(ctx context.Context, url, path string, into any) error {
	answer, err := Do(ctx, http.MethodGet, url+path, "", "X-API-Key", o.Key)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("operator API %s answered %d: %s", path, answer.Status, answer.Body)
	}
	if err := json.Unmarshal([]byte(answer.Body), into); err != nil {
		return fmt.Errorf("operator API %s: %w", path, err)
	}
	return nil
}
