package sqlite

import (
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// storedEnv makes BenchmarkStored start with another number of deliveries than
// a million.
const storedEnv = "BENCH_STORED"

// BenchmarkStored compares messages in a store that holds a million deliveries
// with messages in an empty one, taken in turns so that a noisy machine is noisy
// for both. Then it takes the time of what operators look at.
func BenchmarkStored(b *testing.B) {
	stored := 1_000_000
	if text := os.Getenv(storedEnv); text != "" {
		var err error
		stored, err = strconv.Atoi(text)
		require.NoError(b, err, storedEnv)
	}
	const block = 1000
	both := sealing(b, strings.Repeat("cipher", 6), strings.Repeat("rotated", 5))
	full, err := Open(b.Context(), filledStore(b, stored), both) // at the end of a rotation
	require.NoError(b, err)
	defer func() { require.NoError(b, full.Close()) }()
	empty := open(b, temporary(b))
	var inFull, inEmpty time.Duration
	carried := 0
	for b.Loop() {
		used, _ := carry(b, full, carried, carried+block)
		inFull += used
		used, _ = carry(b, empty, carried, carried+block)
		inEmpty += used
		carried += block
	}
	b.ReportMetric(micro(inFull)/float64(carried), "cpu-µs/msg")
	b.ReportMetric(float64(inFull)/float64(inEmpty), "cpu-stored/empty")
	began := time.Now()
	old, _, err := full.OldKeys(b.Context(), courier.ID{}, stored+carried)
	require.NoError(b, err)
	require.Zero(b, old)
	b.ReportMetric(milli(time.Since(began)), "count-old-keys-ms")
	slowest, took := slowestView(b, full)
	b.Logf("the slowest view: %s", slowest)
	b.ReportMetric(milli(took), "slowest-view-ms")
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// slowestView asks five times for everything that operators ask for, and returns
// the median of what takes longest.
func slowestView(b *testing.B, s *Store) (slowest string, took time.Duration) {
	newest, err := s.List(b.Context(), courier.Page{Limit: 1})
	require.NoError(b, err)
	var middle courier.ID
	binary.BigEndian.PutUint64(middle[:], uint64(time.Now().Add(-filled.Month/2).UnixMilli())<<16)
	views := map[string]func() error{
		"one": func() error { _, err := s.Load(b.Context(), newest.Deliveries[0].ID); return err },
	}
	for name, before := range map[string]courier.ID{"": {}, " from the middle": middle} {
		for what, page := range map[string]courier.Page{
			"all": {}, "accepted": {States: []courier.State{courier.StateAccepted}}, "sent": {States: []courier.State{courier.StateSent}},
			"delivered": {States: []courier.State{courier.StateDelivered}}, "read": {States: []courier.State{courier.StateRead}},
			"failed": {States: []courier.State{courier.StateFailed}}, "cancelled": {States: []courier.State{courier.StateCancelled}},
			"several states": {States: []courier.State{courier.StateDelivered, courier.StateFailed, courier.StateSent}},
			"no purpose":     {Purpose: courier.Recovery}, "a rare code": {Code: "131026"}, "no country": {Country: "BR"},
			"everything": {
				States:  []courier.State{courier.StateDelivered, courier.StateFailed, courier.StateSent},
				Purpose: courier.Login, Channel: courier.SMS, Code: "131026", Until: time.Now().Add(-filled.Month / 4),
			},
			"a number": {To: courier.KnownPhone("+12025550143")},
		} {
			page.Before, page.Limit = before, 500
			views["list "+what+name] = func() error {
				_, err := s.List(b.Context(), page)
				return err
			}
		}
	}
	for name, view := range views {
		var all []time.Duration
		for range 5 {
			began := time.Now()
			require.NoError(b, view())
			all = append(all, time.Since(began))
		}
		if typical := median(all); typical > took {
			slowest, took = name, typical
		}
	}
	return slowest, took
}

// filledStore returns the dsn of a database with n deliveries of the last 30 days.
func filledStore(b *testing.B, n int) string {
	dsn := temporary(b)
	s, err := Open(b.Context(), dsn, secrets(b))
	require.NoError(b, err)
	require.NoError(b, s.Close())
	require.NoError(b, filled.Fill(b.Context(), strings.TrimPrefix(dsn, "sqlite://"), n, secrets(b).FirstKey(), time.Now()))
	return dsn
}
