package mockmeta_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// settled moves the clock on until everything that a send sets off is over.
func (b *bench) settled() {
	b.t.Helper()
	require.NoError(b.t, b.Client().Advance(b.ctx, time.Hour))
}

// arrived are the names of the statuses of a message, in order of arrival.
func (b *bench) arrived(id string) []string {
	b.t.Helper()
	out := []string{}
	for _, st := range b.hook.statuses(b.t) {
		if st["id"] == id {
			out = append(out, st["status"].(string))
		}
	}
	return out
}

// try sends and returns the error of the connection, if any.
func (b *bench) try(to string) (status int, body []byte, err error) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.URL+"/v25.0/"+mockmeta.PhoneNumberID+"/messages", strings.NewReader(mustJSON(b.t, otp(to, "1"))))
	require.NoError(b.t, err)
	req.Header.Set("Authorization", "Bearer "+mockmeta.DefaultAccessToken)
	req.Header.Set("Content-Type", "application/json")
	// A client of its own: the transport repeats nothing on a fresh connection.
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

func TestMagicNumbersOfStatuses(t *testing.T) {
	t.Parallel()
	for number, want := range map[string][]string{
		"+12025550143": {"sent", "delivered", "read"},
		"+15005131026": {"failed"},
		"+15005131049": {"failed"},
		"+15007000011": {},
		"+15007000012": {"sent"},
		"+15007000013": {"sent", "read"},
		"+15007000014": {"sent", "delivered", "read"},
		"+15007000015": {"sent", "failed"},
		"+15007000016": {"sent", "warning", "delivered", "read"},
		"+15007000021": {"sent", "sent", "sent", "delivered", "delivered", "delivered", "read", "read", "read"},
		"+15007000025": {},
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			id := b.accepted(number, "1")
			b.settled()
			got := b.arrived(id)
			slices.SortFunc(got, func(x, y string) int { return rank(x) - rank(y) })
			require.Equal(t, want, got)
		})
	}
}

func rank(status string) int {
	return slices.Index([]string{"sent", "warning", "delivered", "read", "failed"}, status)
}

func TestMagicNumbersOfAnswers(t *testing.T) {
	t.Parallel()
	b := start(t)
	for number, want := range map[string][]int{
		"+15006131026": {400, 131026},
		"+15006000190": {401, 190},
		"+15006131056": {400, 131056},
		"+15006000002": {503, 2},
		"+15006131045": {500, 131045},
	} {
		a := b.send(otp(number, "1"))
		require.Equal(t, want, []int{a.status, a.code()}, number)
	}
	for number, want := range map[string]int{"+15007000005": 502, "+15007000006": 500} {
		a := b.send(otp(number, "1"))
		require.Equal(t, want, a.status)
		require.Contains(t, a.header.Get("Content-Type"), "text/html")
	}
	for number, want := range map[string]string{"+15007000007": "held_for_quality_assessment", "+15007000008": "paused"} {
		a := b.send(otp(number, "1"))
		require.Equal(t, want, a.body["messages"].([]any)[0].(map[string]any)["message_status"])
	}
	form := smsForm("To", "+15008216100")
	a := b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, form)
	require.Equal(t, 400, a.status)
	require.EqualValues(t, 21610, a.body["code"])
}

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	b := start(t)
	_, _, err := b.try("+15007000001")
	require.Error(t, err, "reset")
	require.Empty(t, b.Messages(client.Filter{}), "nothing was accepted")
	_, _, err = b.try("+15007000002")
	require.Error(t, err, "the answer is lost")
	require.Len(t, b.Messages(client.Filter{}), 1, "but the message was accepted")

	const hang = 50 * time.Millisecond
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.Reset, Delay: client.Duration(hang)}))
	asked := time.Now()
	_, _, err = b.try(phone)
	require.Error(t, err)
	require.GreaterOrEqual(t, time.Since(asked), hang, "no answer until then")
	require.Len(t, b.Messages(client.Filter{}), 1, "and nothing was accepted")

	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.SlowBody, Delay: client.Duration(50 * time.Millisecond)}))
	begin := time.Now()
	status, body, err := b.try(phone)
	require.NoError(t, err)
	require.Equal(t, 200, status)
	require.Contains(t, string(body), "wamid.")
	require.GreaterOrEqual(t, time.Since(begin), 50*time.Millisecond)
}

func TestAStatusBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.LateAnswer, Delay: client.Duration(300 * time.Millisecond)}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _, _ = b.try(phone)
	}()
	eventually(t, func() error {
		if len(b.hook.all()) == 0 {
			return fmt.Errorf("no status yet")
		}
		return nil
	})
	select {
	case <-done:
		t.Fatal("the answer came first")
	default:
	}
	<-done
}

func TestQueuedFaultsOfWebhooks(t *testing.T) {
	t.Parallel()
	plant := func(t *testing.T, f client.Fault) (*bench, string) {
		b := start(t)
		require.NoError(t, b.Client().Plant(b.ctx, f))
		id := b.accepted(phone, "1")
		b.settled()
		other := b.accepted(phone, "2")
		b.settled()
		require.Equal(t, []string{"sent", "delivered", "read"}, b.arrived(other), "one-shot")
		return b, id
	}
	t.Run("duplicate", func(t *testing.T) {
		t.Parallel()
		b, id := plant(t, client.Fault{Kind: client.Duplicate, On: "delivered"})
		require.Equal(t, []string{"sent", "delivered", "delivered", "read"}, b.arrived(id))
	})
	t.Run("reorder", func(t *testing.T) {
		t.Parallel()
		b, id := plant(t, client.Fault{Kind: client.Reorder, On: "sent"})
		require.Equal(t, []string{"delivered", "sent", "read"}, b.arrived(id))
	})
	t.Run("delay", func(t *testing.T) {
		t.Parallel()
		b, id := plant(t, client.Fault{Kind: client.Delay, On: "sent", Delay: client.Duration(time.Minute)})
		require.Equal(t, []string{"delivered", "read", "sent"}, b.arrived(id))
	})
	t.Run("lost", func(t *testing.T) {
		t.Parallel()
		b, id := plant(t, client.Fault{Kind: client.Lost, On: "delivered"})
		require.Equal(t, []string{"sent", "read"}, b.arrived(id))
	})
	t.Run("batch", func(t *testing.T) {
		t.Parallel()
		b, id := plant(t, client.Fault{Kind: client.Batch, On: "sent"})
		require.Equal(t, []string{"sent", "delivered", "read"}, b.arrived(id))
		require.Len(t, statusesIn(t, b.hook.all()[0].body), 2, "two statuses in the first body")
	})
	t.Run("milliseconds", func(t *testing.T) {
		t.Parallel()
		b, _ := plant(t, client.Fault{Kind: client.Milliseconds, On: "sent"})
		require.Regexp(t, `^[0-9]{13}$`, b.hook.statuses(t)[0]["timestamp"])
	})
	for _, kind := range []string{client.BadSignature, client.Unsigned} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.hook.setAnswer(func(n int) int { return map[bool]int{true: 401, false: 200}[n == 0] })
			require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: kind}))
			id := b.accepted(phone, "1")
			b.settled()
			posts := b.hook.all()
			require.NotEqual(t, signed(posts[0].body), posts[0].header.Get("X-Hub-Signature-256"))
			require.Len(t, b.arrived(id), 4, "the forged one is repeated, rightly signed")
			for _, p := range posts[1:] {
				require.Equal(t, signed(p.body), p.header.Get("X-Hub-Signature-256"))
			}
		})
	}
	t.Run("cut off", func(t *testing.T) {
		t.Parallel()
		b := start(t)
		require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.CutOff}))
		id := b.accepted(phone, "1")
		b.settled()
		require.Len(t, b.arrivedWhole(id), 3, "the one that was cut off is repeated")
	})
}

func TestBatchesHaveSeveralEntriesChangesAndStatuses(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.Chaos = []client.Fault{{Kind: client.Batch, Rate: 1}} })
	for i := range 5 {
		b.accepted(fmt.Sprintf("+1202555015%d", i), "1")
	}
	b.settled()
	body := decode(t, b.hook.all()[0].body)
	entries := body["entry"].([]any)
	require.Greater(t, len(entries), 1, "entries")
	changes := entries[0].(map[string]any)["changes"].([]any)
	require.Greater(t, len(changes), 1, "changes of the first entry")
	require.Len(t, changes[0].(map[string]any)["value"].(map[string]any)["statuses"], 2)
	require.Len(t, b.hook.statuses(t), 15, "and none is lost")
}

func TestWrongFaultsAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	for want, f := range map[string]client.Fault{
		"no such fault":        {Kind: "explode"},
		"between 0 and 1":      {Kind: client.Lost, Rate: 2},
		"no HTTP error":        {Kind: client.HTTPError, Status: 200},
		"cannot be that value": {Kind: client.Duplicate, Times: 1000},
		`no status "deliverd"`: {Kind: client.Duplicate, On: "deliverd"},
		`no status "read"`:     {Kind: client.Failed, On: "read"},
		`silent has no status`: {Kind: client.Silent, On: "sent"},
		"not a phone number":   {Kind: client.Lost, Number: "home"},
		"strikes once":         {Kind: client.Lost, Rate: 0.5},
	} {
		require.ErrorContains(t, b.Client().Plant(b.ctx, f), want)
	}
	_, err := b.Client().SetChaos(b.ctx, client.Chaos{Faults: []client.Fault{{Kind: client.Lost}}})
	require.ErrorContains(t, err, "never strike")
}

func TestEventsThatMetaDoesNotHaveAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	for want, e := range map[string]client.Event{
		`no "PAUSE" for template_status`:       {Kind: client.TemplateStatus, Template: "login_code", Language: "de", Value: "PAUSE"},
		`no "" for template_status`:            {Kind: client.TemplateStatus, Template: "login_code", Language: "de"},
		`no "BAD" for template_quality`:        {Kind: client.TemplateQuality, Template: "login_code", Language: "de", Value: "bad"},
		`no "OTP" for template_category`:       {Kind: client.TemplateCategory, Template: "login_code", Language: "de", Value: "OTP"},
		`no "DISABLED" for account_update`:     {Kind: client.AccountUpdate, Value: "DISABLED"},
		`no "ALARM" for account_alert`:         {Kind: client.AccountAlert, Value: "ALARM"},
		`no "SLOW" for phone_quality`:          {Kind: client.PhoneQuality, Value: "SLOW"},
		`reason: Meta has no "BECAUSE"`:        {Kind: client.TemplateStatus, Template: "login_code", Language: "de", Value: "REJECTED", Reason: "because"},
		"code: an error needs one":             {Kind: client.ValueErrors},
		"the new number is needed":             {Kind: client.UserChangedNumber, Number: phone},
		"number: not a phone number":           {Kind: client.InboundText, Number: "home"},
		`there is no template "login_code" in`: {Kind: client.TemplateStatus, Template: "login_code", Language: "xx", Value: "PAUSED"},
	} {
		require.ErrorContains(t, b.Client().Raise(b.ctx, e), want)
	}
	require.NoError(t, b.Client().Raise(b.ctx, client.Event{Kind: client.RawEvent, Field: "account_update", Payload: []byte(`{"event":"NEW"}`)}), "raw takes all")
	templates, err := b.Client().Templates(b.ctx)
	require.NoError(t, err)
	for _, template := range templates {
		require.Equal(t, "APPROVED", template.Status, "nothing was changed by what was refused")
	}
}

func TestWaitsThatAreNotUnderstoodAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.accepted(phone, "1")
	for _, query := range []string{"messages?channel=email", "messages?to=home", "messages?phone=1", "wait/messages?number=1&timeout=1s", "wait/status?id=x&status=deliverd"} {
		req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, b.ControlURL+"/control/"+query, nil)
		require.NoError(t, err)
		require.Equal(t, 400, b.do(req).status, query)
	}
}
