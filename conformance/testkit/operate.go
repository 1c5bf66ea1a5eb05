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

// Degraded returns what is degraded for everyone, as far as any replica knows.
func (o *Operator) Degraded(ctx context.Context) ([]Fault, error) {
	var all []Fault
	for _, url := range o.each() {
		var status struct {
			Degraded []Fault `json:"degraded"`
		}
		if err := o.getFrom(ctx, url, "/admin/status", &status); err != nil {
			return nil, err
		}
		all = append(all, status.Degraded...)
	}
	return all, nil
}

// AllKnown reports whether each replica has heard of all others.
func (o *Operator) AllKnown(ctx context.Context) (bool, error) {
	for _, url := range o.each() {
		var status struct {
			Replicas []struct{} `json:"replicas"`
		}
		if err := o.getFrom(ctx, url, "/admin/status", &status); err != nil || len(status.Replicas) < len(o.each()) {
			return false, err
		}
	}
	return true, nil
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
// as in the exposition, such as `part="account"`, over all replicas. It is 0 when there
// are none.
func (c *Courier) Metric(ctx context.Context, name string, labels ...string) (float64, error) {
	sum := 0.0
	for _, url := range c.Operator().each() {
		answer, err := Do(ctx, http.MethodGet, url+"/metrics/prometheus", "")
		if err != nil {
			return 0, err
		}
		if answer.Status != http.StatusOK {
			return 0, fmt.Errorf("metrics answered %d: %s", answer.Status, answer.Body)
		}
		n, err := sumOf(answer.Body, name, labels)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func sumOf(exposition, name string, labels []string) (float64, error) {
	sum := 0.0
	for line := range strings.Lines(exposition) {
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
