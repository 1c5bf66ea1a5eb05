package sms

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestHTTPAnswers(t *testing.T) {
	t.Parallel()
	const parsed = `function(ctx) {id: std.get(ctx.body, 'id', ''), accepted: ctx.body.ok, class: std.get(ctx.body, 'class', ''), code: std.get(ctx.body, 'code'), reason: std.get(ctx.body, 'why', '')}`
	type want struct {
		id     string
		class  courier.Class
		code   string
		reason string
	}
	for name, tc := range map[string]struct {
		snippet string
		status  int
		body    string
		want    want
	}{
		"id":                   {`function(ctx) ctx.body.id`, 202, `{"id":"m-1"}`, want{id: "m-1"}},
		"small number":         {`function(ctx) ctx.body.id`, 200, `{"id":12345}`, want{id: "12345"}},
		"number beyond 2^53":   {`function(ctx) ctx.body.ids[0].id`, 200, `{"ids":[{"id":9007199254740993123}]}`, want{id: "9007199254740993123"}},
		"id in a header":       {`function(ctx) ctx.headers.Location`, 200, ``, want{class: courier.ClassUnknown, reason: "could not read the answer (it failed"}},
		"id in a text":         {`function(ctx) std.split(ctx.body, ' ')[1]`, 200, `queued m-1`, want{id: "m-1"}},
		"object":               {`function(ctx) {id: ctx.body.id}`, 200, `{"id":"m-1"}`, want{id: "m-1"}},
		"null":                 {`function(ctx) null`, 200, `{"id":"m-1"}`, want{class: courier.ClassUnknown, reason: "the message may have been sent"}},
		"empty id":             {`function(ctx) ""`, 503, `{}`, want{class: courier.ClassTransient, reason: "HTTP 503"}},
		"id with a refusal":    {`function(ctx) ctx.body.id`, 400, `{"id":"m-1"}`, want{class: courier.ClassConfig, reason: "HTTP 400"}},
		"accepted in words":    {parsed, 500, `{"ok":true,"id":"m-1"}`, want{id: "m-1"}},
		"accepted without id":  {parsed, 200, `{"ok":true}`, want{}},
		"refused in words":     {parsed, 200, `{"ok":false,"id":"m-1"}`, want{class: courier.ClassConfig, reason: "refused the message with HTTP 200"}},
		"refused with a class": {parsed, 200, `{"ok":false,"class":"recipient","code":"E-7","why":"unknown subscriber"}`, want{class: courier.ClassRecipient, code: "E-7", reason: "the provider says: unknown subscriber"}},
		"class by status":      {parsed, 429, `{"ok":false,"code":5}`, want{class: courier.ClassThrottled, code: "5", reason: "HTTP 429"}},
		"quotes the person":    {parsed, 400, `{"ok":false,"code":"+12025550143","why":"no 481920 to +1 (202) 555-0143 or 12025550143\nx"}`, want{class: courier.ClassConfig, reason: "the provider says: no … to … or … x"}},
		"quotes the code":      {parsed, 400, `{"ok":false,"code":"481920","why":"your OTP is 4819-20"}`, want{class: courier.ClassConfig, reason: "the provider says: your OTP is …"}},
		"code is a number":     {parsed, 400, `{"ok":false,"code":"2025550143"}`, want{class: courier.ClassConfig, reason: "HTTP 400"}},
		"very long code":       {parsed, 400, `{"ok":false,"code":"` + strings.Repeat("E", 41) + `"}`, want{class: courier.ClassConfig, reason: "HTTP 400"}},
		"very long reason":     {parsed, 400, `{"ok":false,"why":"` + strings.Repeat("é", 5000) + `"}`, want{class: courier.ClassConfig, reason: "the provider says: " + strings.Repeat("é", 200) + "…"}},
		"very long id":         {`function(ctx) ctx.body.id`, 200, `{"id":"` + strings.Repeat("m", 257) + `"}`, want{class: courier.ClassUnknown, reason: "could not read the answer"}},
		"HTML":                 {`function(ctx) ctx.body.id`, 502, `<html>+12025550143</html>`, want{class: courier.ClassDoubtful, reason: "could not read the answer (it failed, or ran for too long); the provider answered HTTP 502"}},
		"cut JSON":             {`function(ctx) ctx.body.id`, 200, `{"id":"m`, want{class: courier.ClassUnknown, reason: "the message may have been sent"}},
		"other type":           {`function(ctx) ctx.body.id`, 200, `{"id":["+12025550143"]}`, want{class: courier.ClassUnknown, reason: "not of the form"}},
		"other field":          {`function(ctx) ctx.body`, 400, `{"481920":1}`, want{class: courier.ClassConfig, reason: "not of the form"}},
		"unknown class":        {parsed, 400, `{"ok":false,"class":"fatal"}`, want{class: courier.ClassConfig, reason: "not of the form"}},
		"too long to read":     {`function(ctx) if ctx.body == null then {reason: 'nothing'} else 'x'`, 200, `"` + strings.Repeat("x", 16<<10) + `"`, want{class: courier.ClassUnknown, reason: "the provider says: nothing"}},
		"error":                {`function(ctx) error ctx.body.why`, 401, `{"why":"481920 is wrong"}`, want{class: courier.ClassConfig, reason: "check the credentials"}},
		"runs away":            {`function(ctx) local f(n) = 1 + f(n + 1); if ctx.body == {} then '' else f(1)`, 500, `{"id":1}`, want{class: courier.ClassDoubtful, reason: "could not read"}},
		"huge":                 {`function(ctx) if ctx.body == {} then '' else std.repeat('x', 70000)`, 500, `{"id":1}`, want{class: courier.ClassDoubtful, reason: "could not read"}},
		"no snippet, accepted": {``, 204, ``, want{}},
		"no snippet, refused":  {``, 403, `{"id":"m-1"}`, want{class: courier.ClassConfig, reason: "check the credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := httpConfig(t, provider(t, tc.status, tc.body, nil))
			cfg.MessageID = Snippet(tc.snippet)
			accepted, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", time.Minute))
			if tc.want.class == "" {
				require.NoError(t, err)
				require.Equal(t, courier.Taken{ProviderID: tc.want.id}, accepted)
				return
			}
			failure := requireFailure(t, err, tc.want.class)
			require.Equal(t, tc.want.code, failure.Code)
			require.Contains(t, failure.Reason, tc.want.reason)
			require.NotContains(t, err.Error(), apiKey)
			require.Equal(t, 7*time.Second, failure.RetryAfter)
		})
	}
}

func TestNothingIsSentAfterTheLastMoment(t *testing.T) {
	t.Parallel()
	sender := httpProvider(t, httpConfig(t, provider(t, 200, `{"id":"m-1"}`, nil)))
	ctx, cancel := contextEndedBy(t)
	cancel(errors.New("stopping"))
	_, err := sender.Send(ctx, outgoing(t, "481920", time.Minute))
	requireFailure(t, err, courier.ClassTransient)
}

func TestAnswerIsReadAlsoAfterTheLastMoment(t *testing.T) {
	t.Parallel()
	ctx, cancel := contextEndedBy(t)
	cancel(errors.New("stopping"))
	accepted, err := httpProvider(t, httpConfig(t, "https://a.example")).read(ctx, outgoing(t, "481920", time.Minute), answerOf(200, `{"id":"m-1"}`))
	require.NoError(t, err)
	require.Equal(t, "m-1", accepted.ProviderID)
}

func FuzzHTTPAnswer(f *testing.F) {
	for _, seed := range []string{`"m-1"`, `null`, `5`, `{"id":"x","accepted":true}`, `{"accepted":false,"class":"config","code":1,"reason":"481920"}`, `[`, `{"id":{}}`, `{"class":"x"}`} {
		f.Add(seed, 200)
	}
	f.Add(`{"reason":"\u0000+1 202 555 0143"}`, 503)
	base := httpProvider(f, httpConfig(f, "https://a.example"))
	f.Fuzz(func(t *testing.T, result string, status int) {
		h, messageID := *base, *base.messageID
		messageID.evaluator = canned{result: result}
		h.messageID = &messageID
		got := answerOf(status, result)
		accepted, err := h.read(t.Context(), outgoing(t, "481920", time.Minute), got)
		var failure *courier.DeliveryError
		switch {
		case err == nil && len(accepted.ProviderID) > longestID:
			t.Fatalf("an id of %d bytes", len(accepted.ProviderID))
		case err == nil:
		case !errors.As(err, &failure) || failure.Class == "" || failure.Reason == "":
			t.Fatalf("%v", err)
		case strings.Contains(err.Error(), "481920") || strings.Contains(err.Error(), "2025550143") || strings.ContainsAny(err.Error(), "\n\x00"):
			t.Fatalf("%v", err)
		}
	})
}
