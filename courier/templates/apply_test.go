package templates

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// reviewer is a Meta that takes some time to review.
type reviewer struct {
	mu      sync.Mutex // guards have and faults: a review ends by itself
	have    []graph.Translation
	takes   time.Duration
	verdict string
	// faults are what the next reads give instead of an answer.
	faults []error
	asked  []string
	err    error
}

func (r *reviewer) Translations(context.Context, string) ([]graph.Translation, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) > 0 {
		err := r.faults[0]
		r.faults = r.faults[1:]
		if err != nil {
			return nil, err
		}
	}
	return append([]graph.Translation{}, r.have...), nil
}

func (r *reviewer) Upsert(_ context.Context, _ Wanted, languages []string) error {
	r.asked = append(r.asked, "upsert "+strings.Join(languages, " "))
	if r.err != nil {
		return r.err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range languages {
		made := stored(l)
		made.Status = "PENDING"
		have := []graph.Translation{made}
		for _, t := range r.have {
			if t.Language != l {
				have = append(have, t)
			}
		}
		r.have = have
	}
	time.AfterFunc(r.takes, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i := range r.have {
			if r.have[i].Status == "PENDING" {
				r.have[i].Status = approved
				if r.verdict != "" {
					r.have[i].Status = "REJECTED"
				}
			}
		}
	})
	return nil
}

func (r *reviewer) Delete(_ context.Context, name, id string) error {
	r.asked = append(r.asked, "delete "+name+" "+id)
	return r.err
}

func apply(t *testing.T, r *reviewer, wait time.Duration) (p Plan, looks int, waited time.Duration, err error) {
	t.Helper()
	before, err := Read(t.Context(), r, wanted())
	require.NoError(t, err)
	p, err = Apply(t.Context(), r, wanted(), before, Waiting{For: wait, Every: 5 * time.Second, Progress: func(_ Plan, d time.Duration) {
		looks++
		waited = d
	}})
	return p, looks, waited, err
}

func TestApplyWaitsForTheReview(t *testing.T) {
	t.Parallel()
	passing := &graph.RefusalError{Status: 500, Code: 2}
	for name, c := range map[string]struct {
		r      *reviewer
		wait   time.Duration
		asked  []string
		waited time.Duration
		status []string
		err    error
	}{
		"nothing to do": {&reviewer{have: []graph.Translation{stored("en_US"), stored("de")}}, time.Minute, nil, 0, []string{approved, approved}, nil},
		"both missing":  {&reviewer{takes: 12 * time.Second}, time.Minute, []string{"upsert en_US de"}, 15 * time.Second, []string{approved, approved}, nil},
		"one missing": {
			&reviewer{have: []graph.Translation{stored("de"), stored("it")}, takes: time.Second},
			time.Minute,
			[]string{"upsert en_US"},
			5 * time.Second,
			[]string{approved, approved, approved},
			nil,
		},
		"rejected": {&reviewer{takes: time.Second, verdict: "REJECTED"}, time.Minute, []string{"upsert en_US de"}, 5 * time.Second, []string{rejected, rejected}, nil},
		"too slow": {&reviewer{takes: time.Hour}, time.Minute, []string{"upsert en_US de"}, time.Minute, []string{pending, pending}, ErrInReview},
		"no wait":  {&reviewer{takes: time.Hour}, 0, []string{"upsert en_US de"}, 0, []string{pending, pending}, ErrInReview},
		"a passing fault": {
			&reviewer{takes: time.Second, faults: []error{nil, nil, passing, passing}},
			time.Minute,
			[]string{"upsert en_US de"},
			15 * time.Second,
			[]string{approved, approved},
			nil,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, looks, waited, err := apply(t, c.r, c.wait)
			require.ErrorIs(t, err, c.err, name)
			require.Equal(t, c.asked, c.r.asked, name)
			require.InDelta(t, c.waited, waited, float64(5*time.Second), name)
			require.Positive(t, looks, name)
			var statuses []string
			for _, s := range p.Steps {
				statuses = append(statuses, s.Status)
			}
			require.Equal(t, c.status, statuses, name)
			time.Sleep(2 * time.Hour) // the review of this bubble ends with it
		})
	}
}

func TestWhatStopsApply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		expired := &graph.RefusalError{Status: 401, Code: 190, Subcode: 463}
		_, _, _, err := apply(t, &reviewer{err: &graph.RefusalError{Status: 400, Code: 100, Subcode: 2388023}}, time.Minute)
		require.ErrorContains(t, err, "whatsapp.template.name: Meta refused what was asked about the template in en_US, de")
		require.ErrorContains(t, err, "rests for 30 days")
		_, _, _, err = apply(t, &reviewer{err: &graph.RefusalError{Status: 400, Code: 100, Subcode: 2388019}}, time.Minute)
		require.ErrorContains(t, err, "delete some")
		_, _, _, err = apply(t, &reviewer{faults: []error{nil, expired}}, time.Minute)
		require.ErrorContains(t, err, "the token has expired")
		passing := &graph.RefusalError{Status: 500, Code: 2}
		_, _, _, err = apply(t, &reviewer{faults: []error{nil, passing, passing}, takes: time.Hour}, time.Second)
		require.ErrorContains(t, err, "error code 2", "the last fault, when nothing followed it")
		_, err = Read(t.Context(), &reviewer{faults: []error{expired}}, wanted())
		require.ErrorContains(t, err, "the token has expired")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = Apply(ctx, &reviewer{takes: time.Hour}, wanted(), Compare(wanted(), nil), Waiting{For: time.Hour, Every: time.Second})
		require.ErrorIs(t, err, context.Canceled)
		time.Sleep(2 * time.Hour)
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	steps := Compare(wanted(), []graph.Translation{stored("en_US"), stored("de")}).Steps
	r := &reviewer{}
	require.NoError(t, Delete(t.Context(), r, "login_code", steps))
	require.Equal(t, []string{"delete login_code 61en_US", "delete login_code 61de"}, r.asked)
	err := Delete(t.Context(), &reviewer{err: errors.New("no connection")}, "login_code", steps)
	require.ErrorContains(t, err, "deleted 0 of 2: whatsapp.base_url")
}
