package courier

import (
	"context"
	"strings"
	"time"
)

// Usage is what has been used of one limit or budget.
type Usage struct {
	// Name is the limit's: number, prefix or total; sms_total or sms_prefix for the
	// budgets of SMS.
	Name string
	// Prefix is that of a limit of numbers that start alike, or "".
	Prefix string
	Max    int
	Window time.Duration
	// Used counts up to Max.
	Used int
	// FreesAt is when the next place is given back; zero if none is taken.
	FreesAt time.Time
}

// Left is how many places are left.
func (u Usage) Left() int { return u.Max - u.Used }

// Usage tells what is used of each limit and budget that a message to a number needs a
// place in; without a number, of all that are not a number's own.
func (k *Desk) Usage(ctx context.Context, to Phone) ([]Usage, error) {
	var all []Usage
	for _, q := range k.Books.quotas(to, k.Now()) {
		use, err := k.use(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, use)
	}
	return all, nil
}

// AbsentUntil is until when a number is remembered as not being on WhatsApp; zero if it
// is not.
func (k *Desk) AbsentUntil(ctx context.Context, to Phone) (time.Time, error) {
	memory := k.Books.Policy.absence(to, k.Now())
	count, latest, err := k.Ledger.Latest(ctx, memory, 1)
	if err != nil || count == 0 {
		return time.Time{}, err
	}
	return latest.Add(memory.Window), nil
}

// quotas are those of a number, or those that are no number's own.
func (b Books) quotas(to Phone, now time.Time) []Quota {
	if !to.IsZero() {
		return append(append(b.Limits.ofNumber(to, now), b.Limits.ofAll(now)...), b.Budgets.quotas(to, now)...)
	}
	quotas := append(b.Limits.ofAll(now), b.Budgets.ofAll(now)...)
	for _, rate := range b.Limits.Prefixes {
		quotas = append(quotas, prefixQuota(quotaPrefix, rate, now))
	}
	for _, rate := range b.Budgets.Prefixes {
		quotas = append(quotas, prefixQuota(quotaSMSPrefix, rate, now))
	}
	return quotas
}

func (k *Desk) use(ctx context.Context, q Quota) (Usage, error) { return usage(ctx, k.Ledger, q) }

// usage tells what is used of a quota.
func usage(ctx context.Context, ledger Ledger, q Quota) (Usage, error) {
	u := Usage{Name: q.Name, Max: q.Max, Window: q.Window}
	if q.Name == quotaPrefix || q.Name == quotaSMSPrefix {
		u.Prefix, _, _ = strings.Cut(q.Subject, " ")
	}
	used, oldest, err := ledger.Latest(ctx, q, q.Max)
	if err != nil {
		return u, err
	}
	if u.Used = used; used > 0 {
		u.FreesAt = oldest.Add(q.Window)
	}
	return u, nil
}
