package store

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// SQLite prepares a statement anew when a limit is bound: that was most of the price of
// a search, and there is one for every message.
func TestASearchBindsAllButItsLimit(t *testing.T) {
	t.Parallel()
	now := time.Now()
	text, args := Search{
		Identity: "identity-1", PhoneLookup: []byte{1}, ProviderLookup: []byte{2}, Live: true, Since: now, Before: now, Limit: 100,
	}.SQL()
	require.True(t, strings.HasSuffix(text, " LIMIT 100"), text)
	require.Len(t, args, strings.Count(text, "?"))
}
