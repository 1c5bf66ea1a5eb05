package specs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

func TestScan(t *testing.T) {
	t.Parallel()
	var s secrets
	s.addCode("314159265358979")
	s.addPhone("+12025550143")
	s.addMessageID("wamid.HBgLMTIwMjU1NTAxNDM=")
	for name, c := range map[string]struct {
		text  string
		finds int
	}{
		"the code":                      {"login_code=314159265358979;", 1},
		"the code alone":                {"314159265358979", 1},
		"part of a longer number":       {"9314159265358979 3141592653589790", 0},
		"first longer, then the code":   {"3141592653589790 314159265358979", 1},
		"part of the code":              {"31415926535897", 0},
		"the code in hexadecimal":       {"333134313539323635333538393739", 1},
		"the code in base64":            {"MzE0MTU5MjY1MzU4OTc5", 1},
		"the number with a plus":        {"to +12025550143.", 1},
		"the number without a plus":     {`"to":"12025550143"`, 1},
		"the number in an URL":          {"to=%2B12025550143", 1},
		"a masked number":               {"+1********43", 0},
		"the wamid":                     {"id=wamid.HBgLMTIwMjU1NTAxNDM= ", 1},
		"the wamid without its padding": {"HBgLMTIwMjU1NTAxNDM", 1},
		"code and number":               {"314159265358979 to 12025550143", 2},
		"nothing":                       {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Len(t, s.find("text", []byte(c.text)), c.finds)
		})
	}
}

func TestScanFiles(t *testing.T) {
	t.Parallel()
	var s secrets
	s.addCode("314159265358979")
	c := &testkit.Courier{Dir: t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(c.Dir, "below"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "clean"), []byte("nothing"), 0o600))
	found, err := s.findStored(t.Context(), c)
	require.NoError(t, err)
	require.Empty(t, found)

	require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "below", "courier.db-wal"), []byte("x\x00314159265358979\x00"), 0o600))
	found, err = s.findStored(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Contains(t, found[0], "courier.db-wal")
}
