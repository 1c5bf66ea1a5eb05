package courier

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The numbers of testDelivery start with +1202.
func testUnused() Unused {
	return Unused{Percent: 90, Least: 10, Window: time.Hour, Digits: 3, Stop: true}
}

// history enters codes for a number whose life ended one second apart, the last
// at start; of the first ones so many were used.
func history(t *testing.T, u Unused, number string, codes, used int) *fakeStore {
	t.Helper()
	store := newFakeStore()
	to, err := ParsePhone(number)
	require.NoError(t, err)
	for i := range codes {
		d := Delivery{To: to, ExpiresAt: at(i + 1 - codes)}
		store.ledger = append(store.ledger, u.sent(d)...)
		if i < used {
			store.ledger = append(store.ledger, u.used(d)...)
		}
	}
	return store
}

// RATE-10: an unusual share of codes that no one used.
func TestUnusualShareOfUnusedCodes(t *testing.T) {
	t.Parallel()
	somebody := Delivery{To: KnownPhone("+447700900123"), ExpiresAt: at(-1)}
	for name, c := range map[string]struct {
		codes, used int
		elsewhere   bool
		change      func(*Unused)
		now         int
		want        bool
	}{
		"all unused":                          {10, 0, true, nil, 0, true},
		"as many unused as is unusual":        {10, 1, false, nil, 0, true},
		"one more was used":                   {10, 2, false, nil, 0, false},
		"too few to judge":                    {9, 0, true, nil, 0, false},
		"no code of anybody is told as used":  {10, 0, false, nil, 0, false},
		"not watched":                         {10, 0, true, func(u *Unused) { u.Percent = 0 }, 0, false},
		"the last one may still be used":      {10, 0, true, nil, -1, false},
		"the oldest have left the window":     {10, 0, true, nil, 3591, false},
		"the last moment before":              {10, 0, true, nil, 3590, true},
		"old use does not excuse the present": {latestCodes + 100, 100, false, nil, 0, true},
	} {
		u := testUnused()
		store := history(t, u, "+12025550199", c.codes, c.used)
		if c.elsewhere {
			store.ledger = append(store.ledger, u.used(somebody)...)
		}
		if c.change != nil {
			c.change(&u)
		}
		found, unusual, err := u.unusual(t.Context(), store, testDelivery(t, nil).To, at(c.now))
		require.NoError(t, err)
		require.Equal(t, c.want, unusual, name)
		require.Equal(t, "+1202", found.Prefix)
	}
	store := history(t, testUnused(), "+12025550199", 10, 1)
	_, unusual, err := testUnused().unusual(t.Context(), store, KnownPhone("+12035550199"), at(0))
	require.NoError(t, err)
	require.False(t, unusual, "another prefix")
}

func TestUnusualPrefixIsReportedOrStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unused   Unused
		codes    int
		want     int // handed over
		reported int
	}{
		"stopped":      {testUnused(), 10, 0, 1},
		"reported":     {Unused{Percent: 90, Least: 10, Window: time.Hour, Digits: 3}, 10, 1, 1},
		"usual":        {testUnused(), 9, 1, 0},
		"nobody looks": {Unused{}, 10, 1, 0},
	} {
		watch := &watcher{}
		store := history(t, testUnused(), "+12025550199", c.codes, 1)
		r := newIntake(func(in *Intake) {
			in.Limits.Unused, in.Ledger, in.Observer = c.unused, store, watch
		})
		r.take(t, loginTo(t, "+12025550143"))
		require.Len(t, r.handed, c.want, name)
		require.Len(t, watch.seen().unusual, c.reported, name)
		if c.reported > 0 {
			require.Equal(t, Conversion{Prefix: "+1202", Codes: 10, Used: 1}, watch.seen().unusual[0])
		}
	}
}

// Kratos repeats what it thinks is not taken.
func TestRepeatOfAStoppedMessageIsKnown(t *testing.T) {
	t.Parallel()
	watch, store := &watcher{}, history(t, testUnused(), "+12025550199", 10, 1)
	r := newIntake(func(in *Intake) {
		in.Limits.Unused, in.Ledger, in.Observer = testUnused(), store, watch
	})
	ids := map[ID]bool{}
	for range 3 {
		ids[r.take(t, loginTo(t, "+12025550143")).Delivery.ID] = true
	}
	require.Len(t, ids, 1)
	require.Len(t, watch.seen().unusual, 1)
}

// Not every Kratos tells of used recovery codes.
func TestRecoveryCodesDoNotCount(t *testing.T) {
	t.Parallel()
	require.Empty(t, testUnused().sent(testDelivery(t, func(d *Delivery) { d.Purpose = Recovery })))
}

// What cannot be counted is sent: most codes are wanted.
func TestCodesThatCannotBeCountedAreSent(t *testing.T) {
	t.Parallel()
	watch, ledger := &watcher{}, newFakeStore()
	ledger.broken = errors.New("disk")
	r := newIntake(func(in *Intake) { in.Limits.Unused, in.Ledger, in.Observer = testUnused(), ledger, watch })
	r.take(t, loginTo(t, "+12025550143"))
	require.Len(t, r.handed, 1)
	require.Equal(t, []string{"counting unused codes"}, watch.seen().trouble)
}

// Only a code that a provider took can be used, so no other counts: an outage
// is no fraud.
func TestSentCodesAreEntered(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Unused = testUnused()
		r.whatsapp.next = []error{&DeliveryError{Class: ClassRecipient}}
		r.sms.next = []error{&DeliveryError{Class: ClassRecipient}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Empty(t, r.store.entries("codes"))
		id := r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, r.books.Load().Unused.sent(r.store.get(id)), r.store.entries("codes"))
	})
}

func TestUsedCodesAreEntered(t *testing.T) {
	t.Parallel()
	r := newUsed()
	r.codes.Books.Unused = testUnused()
	r.keep(t, 1, 0, nil)
	newest := r.keep(t, 2, 10, func(d *Delivery) { d.ExpiresAt = at(310) })
	for range 2 {
		r.by(t, "someone", Login)
	}
	require.Equal(t, r.codes.Books.Unused.used(r.store.get(newest)), r.store.entries("codes_used"), "one person, one used code")
}
