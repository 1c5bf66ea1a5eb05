package lenient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever stands in one field, the one beside it is read.
func TestOneOddFieldLosesNoOther(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`"131026"`: "131026", `131026`: "131026", `""`: "", `"x"`: "x", `null`: "", `true`: "", `[1]`: "", `{"a":1}`: "",
		`1.5`: "1.5", `1e99`: "1e99", `-0`: "-0", `"\ud800"`: "\ufffd", `99999999999999999999`: "99999999999999999999",
	} {
		var v struct {
			Odd    Text `json:"odd"`
			Beside Text `json:"beside"`
		}
		require.NoError(t, json.Unmarshal([]byte(`{"odd":`+raw+`,"beside":"kept"}`), &v), raw)
		require.Equal(t, Text(want), v.Odd, raw)
		require.Equal(t, Text("kept"), v.Beside, raw)
	}
}
