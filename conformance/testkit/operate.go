package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is a part that operators see as degraded for everyone.
type Fault struct {
	// Part is "account", or a language of the template.
	Part   string    `json:"part"`
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// Degraded returns what is degraded for everyone.
func (o *Operator) Degraded(ctx context.Context) ([]Fault, error) {
	var status struct {
		Degraded []Fault `json:"degraded"`
	}
	return status.Degraded, o.get(ctx, "/admin/status", &status)
}

// Deny lets a number get no messages any more; Allow takes that back.
func (o *Operator) Deny(ctx context.Context, phone string) error {
	return o.denied(ctx, http.MethodPut, phone)
}

// Allow lets a denied number get messages again.
func (o *Operator) Allow(ctx context.Context, phone string) error {
	return o.denied(ctx, http.MethodDelete, phone)
}

func (o *Operator) denied(ctx context.Context, method, phone string) error {
	body, err := json.Marshal(map[string]string{"phone": phone})
	if err != nil {
		return err
	}
	answer, err := Do(ctx, method, o.URL+"/admin/denied-numbers", string(body),
		"X-API-Key", o.Key, "Content-Type", "application/json")
	if err == nil && answer.Status != http.StatusNoContent {
		err = fmt.Errorf("%s /admin/denied-numbers answered %d: %s", method, answer.Status, answer.Body)
	}
	return err
}

// Metric is the sum of the samples of one metric that have these labels, written
// as in the exposition, such as `part="account"`. It is 0 when there are none.
func (c *Courier) Metric(ctx context.Context, name string, labels ...string) (float64, error) {
	answer, err := Do(ctx, http.MethodGet, c.PrivateURL+"/metrics/prometheus", "")
	if err != nil {
		return 0, err
	}
	if answer.Status != http.StatusOK {
		return 0, fmt.Errorf("metrics answered %d: %s", answer.Status, answer.Body)
	}
	sum := 0.0
	for line := range strings.Lines(answer.Body) {
		sample, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || !hasLabels(sample, name, labels) {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		sum += n
	}
	return sum, nil
}

func hasLabels(sample, name string, labels []string) bool {
	rest, ok := strings.CutPrefix(sample, name)
	if !ok || rest != "" && rest[0] != '{' {
		return false
	}
	for _, label := range labels {
		if !strings.Contains(rest, label) {
			return false
		}
	}
	return true
}
