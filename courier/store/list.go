package store

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// looksAt is how many deliveries a page looks at that narrows by what no index has. An
// index for each would cost every message a page of its commit.
const looksAt = 10_000

// idSlack is by how much the clock that made an id and the one that gave AcceptedAt may
// differ: the one is the process's, the other may be the database's.
const idSlack = time.Minute

// List implements courier.Reader. Newest means by id.
func (k *Keeper) List(ctx context.Context, p courier.Page) (courier.Listing, error) {
	l := newListing(p)
	if !p.To.IsZero() {
		l.PhoneLookup = k.vault.PhoneLookup(p.To)
	}
	var lowest courier.ID
	if l.searches() {
		var err error
		if lowest, err = k.db.Lowest(ctx, l, looksAt); err != nil {
			return courier.Listing{}, err
		}
		l.Above = later(l.Above, lowest)
	}
	limit := Limit(p.Limit)
	l.Limit = limit + 1 // one more tells whether there is a next page
	found, err := k.db.List(ctx, l)
	if err != nil {
		return courier.Listing{}, err
	}
	page := courier.Listing{Deliveries: make([]courier.Delivery, min(len(found), limit)), Next: lowest}
	for i := range page.Deliveries {
		page.Deliveries[i] = k.vault.Show(found[i])
	}
	if len(found) > limit {
		page.Next = page.Deliveries[limit-1].ID
	}
	return page, nil
}

// Listing is a courier.Page whose number is a lookup, and whose times are ids as well.
type Listing struct {
	courier.Page
	PhoneLookup []byte
	// Above is the lowest id, and Below is behind the highest; zero does not restrict.
	Above, Below courier.ID
}

// newListing finds out between which ids a page lies: they sort by time.
func newListing(p courier.Page) Listing {
	l := Listing{Page: p, Below: p.Before}
	if !p.From.IsZero() {
		l.Above = firstID(p.From.Add(-idSlack))
	}
	if !p.Until.IsZero() {
		until := firstID(p.Until.Add(idSlack))
		if l.Below == (courier.ID{}) || slices.Compare(until[:], l.Below[:]) < 0 {
			l.Below = until
		}
	}
	return l
}

// firstID is the lowest id of an instant, to the millisecond.
func firstID(at time.Time) (id courier.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(max(at.UnixMilli(), 0))<<16) // #nosec G115 -- not negative
	return id
}

func later(a, b courier.ID) courier.ID {
	if slices.Compare(a[:], b[:]) < 0 {
		return b
	}
	return a
}

// searches reports whether a page narrows by what no index has.
func (l Listing) searches() bool {
	return l.PhoneLookup == nil && (l.Purpose != "" || l.Country != "" || l.Channel != "" || l.Code != "" || !l.Until.IsZero())
}

// Engine is what the listings of databases differ in.
type Engine struct {
	// ID is how an id is passed.
	ID func(courier.ID) any
	// Live are all deliveries, with a hint that few are live.
	Live string
}

// SQL returns the query of a listing, with a question mark for each argument. Each
// state has an index that is in the order of the page.
func (l Listing) SQL(e Engine) (text string, args []any) {
	var parts []string
	for _, state := range l.parts() {
		part, values := l.part(e, state)
		parts, args = append(parts, "SELECT id FROM ("+part+") AS part"), append(args, values...)
	}
	text = SelectRecords + "d.id IN (" + strings.Join(parts, " UNION ALL ") + " ORDER BY id DESC LIMIT ?) ORDER BY d.id DESC, a.n"
	return text, append(args, l.Limit)
}

// LowestSQL returns the query of Database.Lowest.
func (l Listing) LowestSQL(e Engine, n int) (text string, args []any) {
	where := &narrowing{}
	l.between(where, e)
	return "SELECT id FROM deliveries" + where.text() + " ORDER BY id DESC LIMIT 1 OFFSET ?", append(where.args, n-1)
}

// parts are the states to look for, each by itself; "" is any.
func (l Listing) parts() []courier.State {
	if len(l.States) == 0 {
		return []courier.State{""}
	}
	return l.States
}

// part finds the ids of one state.
func (l Listing) part(e Engine, state courier.State) (text string, args []any) {
	from, where := "deliveries", &narrowing{}
	switch {
	case l.PhoneLookup != nil:
		// The limit, which no number reaches, keeps databases from walking along the ids.
		from, where.args = "(SELECT * FROM deliveries WHERE phone_lookup = ? LIMIT 1000000) AS deliveries", []any{l.PhoneLookup}
	case state != "" && !state.Ended():
		from = e.Live
	}
	switch {
	case state.Ended():
		where.by("state = ? AND ended_at IS NOT NULL", state)
	case state != "":
		where.by("state = ? AND ended_at IS NULL", state)
	}
	l.between(where, e)
	l.narrow(where)
	return "SELECT id FROM " + from + where.text() + " ORDER BY id DESC LIMIT ?", append(where.args, l.Limit)
}

func (l Listing) between(where *narrowing, e Engine) {
	if l.Below != (courier.ID{}) {
		where.by("id < ?", e.ID(l.Below))
	}
	if l.Above != (courier.ID{}) {
		where.by("id >= ?", e.ID(l.Above))
	}
}

func (l Listing) narrow(where *narrowing) {
	if !l.From.IsZero() {
		where.by("accepted_at >= ?", Micros(l.From))
	}
	if !l.Until.IsZero() {
		where.by("accepted_at < ?", Micros(l.Until))
	}
	if l.Purpose != "" {
		where.by("purpose = ?", l.Purpose)
	}
	if l.Country != "" {
		where.by("country = ?", l.Country)
	}
	attempt := &narrowing{}
	if l.Channel != "" {
		attempt.by("a.channel = ?", l.Channel)
	}
	if l.Code != "" {
		attempt.by("a.code = ?", l.Code)
	}
	if len(attempt.args) > 0 {
		attempt.by("a.delivery_id = deliveries.id")
		where.by("EXISTS (SELECT 1 FROM attempts a"+attempt.text()+")", attempt.args...)
	}
}

// narrowing collects conditions that must all be true.
type narrowing struct {
	conditions []string
	args       []any
}

func (n *narrowing) by(condition string, args ...any) {
	n.conditions, n.args = append(n.conditions, condition), append(n.args, args...)
}

func (n *narrowing) text() string {
	if len(n.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(n.conditions, " AND ")
}
