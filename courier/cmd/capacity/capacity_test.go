package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func known(t *testing.T) figures {
	t.Helper()
	f, err := readFigures()
	require.NoError(t, err)
	return f
}

// round are figures with which one can reckon in the head.
func round(t *testing.T) figures {
	t.Helper()
	f := known(t)
	require.NoError(t, f.set([]string{
		"exchange_cpu=100", "sqlite_cpu=100", "postgres_cpu=300", "server_cpu=500", "wal_bytes=1000", "sqlite_rate=2000",
		"replica_rate=10000", "writes=6", "sms_writes=3", "number_rate=80", "high_number_rate=1000", "codes_per_login=2",
		"sms_share=0.1", "peak=4", "people_share=0.5", "load=0.5", "replica_cores=2", "database_cores=10",
		"database_wal=30000000", "stored_bytes=100", "keep_days=10", "whatsapp_price=0.01", "sms_price=0.1",
	}))
	return f
}

func TestTheModel(t *testing.T) {
	t.Parallel()
	f := round(t)
	require.InDelta(t, 1000, sqliteEnds(f), 1e-6, "half of what the writer carries, less than of what two cores do")
	require.InDelta(t, 2500, replicaEnds(f), 1e-6, "half of 2 cores of 400 µs")
	require.InDelta(t, 10_000, postgresEnds(f), 1e-6, "half of 10 cores of 500 µs, less than of 30,000 by WAL")
	got := plan(f, 4000)
	require.InDelta(t, 8000, got.Messages, 1e-6)
	require.False(t, got.OneProcess)
	require.True(t, plan(f, 500).OneProcess)
	require.InDelta(t, 4, got.Replicas, 0)
	require.InDelta(t, 2, plan(f, 1).Replicas, 0, "one may be down")
	require.InDelta(t, 3.2, got.CourierCores, 1e-6)
	require.InDelta(t, 4, got.DatabaseCores, 1e-6)
	require.InDelta(t, 1, got.Databases, 0)
	require.InDelta(t, 2, plan(f, 5001).Databases, 0)
	require.InDelta(t, 8000*6.3, got.Writes, 1e-6)
	require.InDelta(t, 8e6, got.WAL, 1e-6)
	require.InDelta(t, 2000*86_400*10*100.0, got.StoredBytes, 1)
	require.InDelta(t, 100, got.Numbers, 0)
	require.InDelta(t, 8, got.NumbersAtHighestRate, 0)
	require.InDelta(t, 1000*86_400*0.5, got.People, 1e-6)
	require.Zero(t, got.Tier, "unlimited")
	require.InDelta(t, 2000*86_400*30*0.9*0.01, got.WhatsApp, 1)
	require.InDelta(t, 2000*86_400*30*0.1*0.1, got.SMS, 1)

	require.NoError(t, f.set([]string{"database_wal=4000000"}))
	require.InDelta(t, 2000, postgresEnds(f), 1e-6, "the WAL is what ends it")
}

func TestTiers(t *testing.T) {
	t.Parallel()
	for people, tier := range map[float64]float64{1: 250, 250: 250, 251: 2000, 9_999: 10_000, 100_000: 100_000, 100_001: 0} {
		require.InDelta(t, tier, tierFor(people), 0, people)
	}
}

func TestFiguresSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	for name, one := range known(t) {
		require.Positive(t, one.Value, name)
		require.NotEmpty(t, one.Text, name)
		require.Contains(t, []string{"measured", "documented", "assumed"}, one.Basis, name)
		require.Equal(t, one.Basis == "assumed", one.Source == "", "%s: a source, or an assumption", name)
	}
}

func TestNumbersForPeople(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1,234,568", number(1_234_567.8))
	require.Equal(t, "0.5", number(0.5))
	require.Equal(t, "0", number(0))
	require.Equal(t, "999 B", size(999))
	require.Equal(t, "4.8 kB", size(4781))
	require.Equal(t, "2,000 TB", size(2e15))
	require.Equal(t, "310,000", dollars(311_040))
	require.Equal(t, "3", dollars(3))
}

// TestThePageIsCurrent compares it with what the figures give.
func TestThePageIsCurrent(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("../../docs/capacity.md")
	require.NoError(t, err)
	text, err := page(known(t))
	require.NoError(t, err)
	require.Equal(t, string(written), text, "run make capacity")
}

func TestTheCommand(t *testing.T) {
	t.Parallel()
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		cmd := command(&out)
		cmd.SetArgs(args)
		err := cmd.Execute()
		return out.String(), err
	}
	text, err := run("--logins", "100", "--set", "number_rate=10", "--set", "codes_per_login=1")
	require.NoError(t, err)
	require.Regexp(t, `Meta numbers +10, or 1`, text)
	text, err = run("--logins", "100", "--format", "json")
	require.NoError(t, err)
	require.Contains(t, text, `"logins":100`)
	for message, args := range map[string][]string{
		"--logins":                  {},
		"there is no figure":        {"--logins", "1", "--set", "wal=1"},
		"name=value":                {"--logins", "1", "--set", "peak=much"},
		"there are text and json":   {"--logins", "1", "--format", "xml"},
		`unknown command "surplus"`: {"surplus"},
	} {
		_, err := run(args...)
		require.ErrorContains(t, err, message)
	}
}
