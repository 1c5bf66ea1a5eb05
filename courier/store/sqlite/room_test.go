package sqlite

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Deliveries get reasons while others come and go: the codes of all are gone from the file
// once they have ended, also where SQLite would have moved them.
func TestNoCodeIsLeftWhereARowWas(t *testing.T) {
	t.Parallel()
	// With these, and 6 more of the first 400, a code was left when rows could grow.
	for _, seed := range []uint64{8, 18, 39, 66, 72, 86, 179, 349} {
		chance := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- chance that can be repeated
		dsn := temporary(t)
		s := open(t, dsn)
		var all []courier.Delivery
		for i := range 60 {
			d := message(t, fmt.Sprintf("+120255501%02d", i), fmt.Sprint(100_000+i))
			d.Identity = []string{"", "0194f4c2-7d9e-7cc0-8d6b-1f6f5a1c2b3d"}[chance.IntN(2)]
			all = append(all, accept(t, s, d))
			save(t, s, &all[chance.IntN(len(all))], chance)
		}
		sealed := sealedCodes(t, s)
		require.Len(t, sealed, len(all))
		for _, i := range chance.Perm(len(all)) {
			save(t, s, &all[i], chance)
		}
		for _, i := range chance.Perm(len(all)) {
			all[i].EndedAt, all[i].Due = time.Now(), time.Time{}
			all[i].State, all[i].Reason = courier.StateFailed, courier.ReasonSMSFailed
			_, err := s.Save(t.Context(), all[i], nil)
			require.NoError(t, err)
		}
		require.NoError(t, s.Close())
		require.Zero(t, leftIn(t, dsn, sealed), "seed %d", seed)
	}
}

// save gives a delivery that lives a state, and at times a reason.
func save(t *testing.T, s *Store, d *courier.Delivery, chance *rand.Rand) {
	t.Helper()
	d.State, d.NoWhatsApp = courier.StateFallback, []string{"", courier.ReasonAbsent, courier.ReasonDegraded}[chance.IntN(3)]
	var err error
	*d, err = s.Save(t.Context(), *d, nil)
	require.NoError(t, err)
}

func sealedCodes(t *testing.T, s *Store) (all [][]byte) {
	t.Helper()
	rows, err := s.db.writer.db.QueryContext(t.Context(), "SELECT code_sealed FROM deliveries WHERE code_sealed IS NOT NULL")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var sealed []byte
		require.NoError(t, rows.Scan(&sealed))
		all = append(all, sealed)
	}
	require.NoError(t, rows.Err())
	return all
}

// leftIn counts what stands in the files of a database.
func leftIn(t *testing.T, dsn string, secrets [][]byte) (left int) {
	t.Helper()
	files, err := filepath.Glob(strings.TrimPrefix(dsn, "sqlite://") + "*")
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, secret := range secrets {
			if bytes.Contains(content, secret) {
				left++
			}
		}
	}
	return left
}
