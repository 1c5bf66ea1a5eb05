package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// phones counts the codes that reached people.
type phones struct {
	mu    sync.Mutex
	codes map[string]int
}

// meta is a Graph API that takes everything and counts the codes.
func (p *phones) meta(t *testing.T) string {
	t.Helper()
	p.codes = make(map[string]int)
	code := regexp.MustCompile(`"text":"([0-9]{6})"`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		if found := code.FindSubmatch(body); found != nil {
			p.codes[string(found[1])]++
		}
		p.mu.Unlock()
		_, _ = fmt.Fprintf(w, `{"messages":[{"id":"wamid.%s"}]}`, uuid.NewString())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (p *phones) got(code string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.codes[code]
}

func (p *phones) all() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, times := range p.codes {
		n += times
	}
	return n
}

// post hands one message to a replica, as Kratos does, and returns status and id.
func post(ctx context.Context, r *running, to, code string) (status int, id string, err error) {
	body := fmt.Sprintf(`{"recipient":%q,"template_type":"login_code_valid","template_data":{"login_code":%q}}`, to, code)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("X-Api-Key", kratosKey)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	_ = answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("X-Delivery-Id"), nil
}

// postToAll hands n messages to each of some replicas, all at once, and returns the ids
// of the answers and how often each was given.
func postToAll(t *testing.T, replicas []*running, n int, code func(i int) string) map[string]int {
	t.Helper()
	var (
		callers sync.WaitGroup
		mu      sync.Mutex
		ids     = make(map[string]int)
	)
	for i := range n * len(replicas) {
		callers.Go(func() {
			status, id, err := post(t.Context(), replicas[i%len(replicas)], "+12025550143", code(i))
			if err != nil || status != http.StatusNoContent {
				t.Errorf("answered %d, %v", status, err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[id]++
		})
	}
	callers.Wait()
	return ids
}

func threeReplicas(t *testing.T, c *Config) []*running {
	t.Helper()
	return []*running{start(t, c), start(t, c), start(t, c)}
}

// TestThreeReplicasKeepALimitTogether posts 20 messages to each of three, for one number
// that may have three codes.
func TestThreeReplicasKeepALimitTogether(t *testing.T) {
	t.Parallel()
	c, _ := onPostgres(t)
	var people phones
	c.WhatsApp.BaseURL = people.meta(t)
	replicas := threeReplicas(t, c)
	postToAll(t, replicas, 20, func(i int) string { return fmt.Sprint(100000 + i) })
	require.Eventually(t, func() bool { return people.all() >= 3 }, 30*time.Second, 10*time.Millisecond)
	states := make(map[courier.State]int)
	for _, d := range deliveriesOf(t, replicas[0]) {
		states[d.State] += 1 + d.Repeats
	}
	require.Equal(t, 57, states[courier.StateSuppressed])
	require.Len(t, deliveriesOf(t, replicas[1]), 3+1, "those that are suppressed are counted on one")
	require.Equal(t, 3, people.all())
}

func TestThreeReplicasTakeARepeatedMessageOnce(t *testing.T) {
	t.Parallel()
	c, _ := onPostgres(t)
	var people phones
	c.WhatsApp.BaseURL = people.meta(t)
	replicas := threeReplicas(t, c)
	ids := postToAll(t, replicas, 20, func(int) string { return "135790" })
	require.Len(t, ids, 1)
	require.Len(t, deliveriesOf(t, replicas[2]), 1)
	require.Eventually(t, func() bool { return deliveriesOf(t, replicas[2])[0].State == courier.StateSent }, 30*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, people.all())
}

func deliveriesOf(t *testing.T, r *running) []courier.Delivery {
	t.Helper()
	all, err := r.store.List(t.Context(), courier.Page{Limit: 10_000})
	require.NoError(t, err)
	return all.Deliveries
}

// TestAKilledDatabaseCostsKratosSomeTriesOnly kills the server under three replicas and
// starts it again. Kratos tries again what was answered with 503.
func TestAKilledDatabaseCostsKratosSomeTriesOnly(t *testing.T) {
	t.Parallel()
	c, server := onPostgres(t)
	var people phones
	c.WhatsApp.BaseURL = people.meta(t)
	replicas := threeReplicas(t, c)
	const workers = 12
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		taken   = make(map[string]string) // id by code
		refused [3]atomic.Int32
		over    = make(chan struct{})
		next    atomic.Int32
	)
	for worker := range workers {
		all.Go(func() {
			for n := range 500 {
				select {
				case <-over:
					return
				default:
				}
				message := int(next.Add(1))
				code, to := fmt.Sprint(200000+message), fmt.Sprintf("+1202555%04d", message)
				for status, tries := 0, 0; status != http.StatusNoContent; tries++ {
					var (
						id  string
						err error
						by  = (worker + n + tries) % 3 // as a load balancer does
					)
					status, id, err = post(t.Context(), replicas[by], to, code)
					switch {
					case err != nil:
						t.Error(err)
						return
					case status == http.StatusNoContent:
						mu.Lock()
						taken[code] = id
						mu.Unlock()
					case status == http.StatusServiceUnavailable:
						refused[by].Add(1)
					default:
						t.Errorf("answered %d", status)
						return
					}
				}
			}
		})
	}
	require.Eventually(t, func() bool { return people.all() > 3*workers }, 30*time.Second, time.Millisecond)
	require.NoError(t, server.Kill())
	require.Eventually(t, func() bool { return refused[0].Load()+refused[1].Load()+refused[2].Load() >= workers }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, server.Run(t.Context()))
	close(over)
	all.Wait()
	require.Len(t, taken, int(next.Load()))

	unknown := 0
	for code, id := range taken {
		require.Eventually(t, func() bool {
			if people.got(code) == 1 {
				return true
			}
			d, err := replicas[0].store.Peek(t.Context(), uuid.MustParse(id))
			return err == nil && d.State == courier.StateSending && time.Since(d.Attempts[0].StartedAt) > 5*time.Second
		}, 30*time.Second, 10*time.Millisecond, "taken and not sent")
		if people.got(code) == 0 {
			unknown++ // nobody knows: that is for SMS to cure
		}
	}
	require.Len(t, deliveriesOf(t, replicas[0]), len(taken), "each message is one delivery")
	for code := range taken {
		require.LessOrEqual(t, people.got(code), 1, "sent twice")
	}
	t.Logf("taken: %d; refused: %d, %d, %d; unknown: %d", len(taken), refused[0].Load(), refused[1].Load(), refused[2].Load(), unknown)
	for _, r := range replicas {
		answer, text := ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/health/ready", nil)
		require.Equal(t, http.StatusOK, answer.StatusCode, text)
		require.True(t, json.Valid([]byte(text)))
	}
}
