package mockmeta_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

// BenchmarkMessages sends messages as fast as they are taken and waits until
// the three webhooks of each were answered. Sender, mock and receiver share the
// machine. It also reports the memory that is held in the end.
//
//	go test -run '^$' -bench Messages -benchtime 100000x ./mockmeta
func BenchmarkMessages(b *testing.B) {
	var hooks atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if challenge := r.URL.Query().Get("hub.challenge"); challenge != "" {
			fmt.Fprint(w, challenge)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		hooks.Add(1)
	}))
	defer receiver.Close()
	mock := mockmeta.New(mockmeta.Options{
		Calm: true, Throughput: -1, PairEvery: -1,
		SentAfter: time.Millisecond, DeliveredAfter: time.Millisecond, ReadAfter: time.Millisecond,
	})
	defer mock.Close()
	if err := mock.Client().Subscribe(context.Background(), receiver.URL, mockmeta.DefaultVerifyToken); err != nil {
		b.Fatal(err)
	}
	send := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var n atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			raw, err := json.Marshal(otp(fmt.Sprintf("+1202%07d", i), "481920"))
			if err != nil {
				b.Error(err)
				return
			}
			req, err := http.NewRequest(http.MethodPost, mock.URL+"/v25.0/"+mockmeta.PhoneNumberID+"/messages", bytes.NewReader(raw))
			if err != nil {
				b.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+mockmeta.DefaultAccessToken)
			req.Header.Set("Content-Type", "application/json")
			res, err := send.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
				b.Errorf("answered %d", res.StatusCode)
				return
			}
		}
	})
	for deadline := time.Now().Add(time.Minute); hooks.Load() < 3*n.Load(); {
		if time.Now().After(deadline) {
			b.Fatalf("%d webhooks for %d messages", hooks.Load(), n.Load())
		}
		time.Sleep(time.Millisecond) // between two looks
	}
	b.StopTimer()
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "messages/s")
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-held")
	send.CloseIdleConnections()
}
