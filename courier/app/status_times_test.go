package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkTimesOfStatus reports how long /status takes for each kind of token, to check that
// response times do not reveal what the responses hide.
func BenchmarkTimesOfStatus(b *testing.B) {
	c := withStatus(config(b))
	c.Limits.PerNumber.Max, c.Status.PerClient, c.Status.UnknownPerClient = 1, 1<<30, 1<<30
	r := start(b, c)
	private := "http://" + r.Addresses().Private
	tokens := make(map[string]string)
	post := func(name, number string) (id string) {
		tokens[name] = fmt.Sprintf("%032x", len(tokens)+1)
		body := strings.NewReplacer("+12025550143", number, pageToken, tokens[name]).Replace(loginWithToken("135790"))
		if name == "suppressed" {
			body = strings.Replace(body, "135790", "135791", 1)
		}
		answer, _ := ask(b, http.MethodPost, private+"/kratos/messages", strings.NewReader(body), "X-API-Key", kratosKey)
		require.Equal(b, http.StatusNoContent, answer.StatusCode)
		return answer.Header.Get("X-Delivery-Id")
	}
	post("living", "+12025550143")
	post("suppressed", "+12025550143")
	ended := post("ended", "+12025550144")
	answer, text := ask(b, http.MethodPost, private+"/admin/deliveries/"+ended+"/cancel", nil, "X-API-Key", adminKey)
	require.Equal(b, http.StatusOK, answer.StatusCode, text)
	tokens["unknown"] = strings.Repeat("f", 32)

	took := make(map[string][]time.Duration)
	for b.Loop() {
		for name, token := range tokens { // in another order each time
			began := time.Now()
			statusOf(b, r, token)
			took[name] = append(took[name], time.Since(began))
		}
	}
	for name, all := range took {
		slices.Sort(all)
		b.ReportMetric(float64(all[0].Nanoseconds()), name+"-fastest-ns")
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds()), name+"-median-ns")
	}
}
