package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// BenchmarkReports takes the time of each report on what a million messages of the last 30
// days have left, to 20 countries, for two purposes and on both channels.
func BenchmarkReports(b *testing.B) {
	now := time.Now()
	s := open(b, temporary(b))
	const perHour = 1_000_000 / (30 * 24 * 20 * 2)
	for began := now.Add(-filled.Month); began.Before(now); began = began.Add(time.Hour) {
		require.NoError(b, s.db.write(b.Context(), func(tx *statements) error {
			for _, country := range []string{"AR", "BD", "BR", "CL", "CO", "DE", "EG", "ES", "FR", "GB", "ID", "IN", "IT", "MX", "MY", "NG", "PK", "US", "ZA", ""} {
				for _, purpose := range []courier.Purpose{courier.Login, courier.Registration} {
					for _, channel := range []courier.Channel{"", courier.WhatsApp, courier.SMS} {
						t := courier.Tally{Accepted: began, Country: country, Purpose: purpose, Channel: channel, Reasons: map[courier.Reason]int{{Measure: courier.MeasureFailed, Word: "absent"}: 1}}
						for i := range t.Counts {
							t.Counts[i] = perHour
						}
						tx.Tally(t)
					}
				}
			}
			return nil
		}))
	}
	for _, by := range courier.Groupings() {
		for name, length := range map[string]time.Duration{"month": filled.Month, "day": 24 * time.Hour, "3 days": 3 * 24 * time.Hour} {
			if by == courier.ByHour && name == "month" {
				continue // it may not be so long
			}
			b.Run(string(by)+"/"+name, func(b *testing.B) {
				for b.Loop() {
					tallies, err := s.Tallies(b.Context(), courier.TallyQuery{By: by, From: now.Add(-length), Until: now})
					require.NoError(b, err)
					lines, _ := courier.SumUp(by, tallies, nil)
					require.NotEmpty(b, lines)
				}
				b.ReportMetric(milli(b.Elapsed())/float64(b.N), "ms/report")
			})
		}
	}
}
