package app

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTimesOfStatus measures whether the time of an answer tells what the answer does not. It
// judges nothing, and runs where STATUS_TIMES says how often each token is asked for.
func TestTimesOfStatus(t *testing.T) {
	rounds := 0
	if _, err := fmt.Sscan(os.Getenv("STATUS_TIMES"), &rounds); err != nil {
		t.Skip("STATUS_TIMES=2000 takes the times")
	}
	c := withStatus(config(t))
	c.Limits.PerNumber.Max, c.Status.PerClient, c.Status.UnknownPerClient = 1, 1<<30, 1<<30
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	tokens := make(map[string]string)
	post := func(name, number string) (id string) {
		tokens[name] = fmt.Sprintf("%032x", len(tokens)+1)
		body := strings.NewReplacer("+12025550143", number, pageToken, tokens[name]).Replace(loginWithToken("135790"))
		if name == "suppressed" {
			body = strings.Replace(body, "135790", "135791", 1)
		}
		answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(body), "X-API-Key", kratosKey)
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
		return answer.Header.Get("X-Delivery-Id")
	}
	post("living", "+12025550143")
	post("suppressed", "+12025550143")
	ended := post("ended", "+12025550144")
	answer, text := ask(t, http.MethodPost, private+"/admin/deliveries/"+ended+"/cancel", nil, "X-API-Key", adminKey)
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	tokens["unknown"] = strings.Repeat("f", 32)

	took := make(map[string][]time.Duration)
	for range rounds {
		for name, token := range tokens { // in another order each time
			began := time.Now()
			statusOf(t, r, token)
			took[name] = append(took[name], time.Since(began))
		}
	}
	for name, token := range tokens {
		all := took[name]
		slices.Sort(all)
		t.Logf("%-10s %-14s fastest %v, quartiles %v %v %v", name, stateIn(statusOf(t, r, token)), all[0], all[len(all)/4], all[len(all)/2], all[len(all)*3/4])
	}
}
