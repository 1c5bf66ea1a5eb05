package testkit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Status is what a login page is told about its code.
type Status struct {
	State      string     `json:"state"`
	ReceivedAt *time.Time `json:"received_at"`
	SMSAt      *time.Time `json:"sms_at"`
	EndsAt     *time.Time `json:"ends_at"`
	NextCodeAt *time.Time `json:"next_code_at"`
	// Text is the whole answer.
	Text string `json:"-"`
}

// PageToken is a token as a login page makes it up.
func PageToken() string { return rand.Text() }

// Status asks as the script of a login page does.
func (c *Courier) Status(ctx context.Context, token string) (s Status, err error) {
	answer, err := Do(ctx, http.MethodGet, c.PublicURL+"/status", "", "X-Delivery-Token", token)
	if err != nil {
		return s, err
	}
	if answer.Status != http.StatusOK {
		return s, fmt.Errorf("/status answered %d: %s", answer.Status, answer.Body)
	}
	s.Text = answer.Body
	return s, json.Unmarshal([]byte(answer.Body), &s)
}
