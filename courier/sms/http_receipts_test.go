package sms

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

func contextEndedBy(t *testing.T) (context.Context, context.CancelCauseFunc) {
	t.Helper()
	return context.WithCancelCause(t.Context())
}

func answerOf(status int, body string) exchange.Answer {
	return exchange.Answer{Status: status, Header: http.Header{}, Body: []byte(body)}
}

func withReceipts(t testing.TB, snippet Snippet) *HTTP {
	t.Helper()
	cfg := httpConfig(t, "https://a.example")
	cfg.Receipt = snippet
	cfg.Callback = HTTPCallback{APIKeys: []secret.Text{backKey, "the-next-key"}, BasicAuth: secret.BasicAuth{Username: "u", Password: "p"}}
	return httpProvider(t, cfg)
}

type receiptCall struct {
	method, target, contentType, body string
	header                            map[string]string
}

func (c receiptCall) to(h http.Handler) *httptest.ResponseRecorder {
	if c.method == "" {
		c.method = http.MethodPost
	}
	r := httptest.NewRequest(c.method, "/webhooks/sms/http"+c.target, strings.NewReader(c.body))
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// echo returns what a snippet sees, as the code of a failure.
const echo = `function(ctx) [{id: 'm-1', state: 'failed', code: std.md5(std.manifestJsonMinified(ctx)), reason: std.manifestJsonMinified(ctx)}]`

func TestWhatReceiptSnippetsSee(t *testing.T) {
	t.Parallel()
	key := map[string]string{"X-API-Key": backKey, "Cookie": "a=b", "X-Hint": "h"}
	for name, tc := range map[string]struct {
		call receiptCall
		want string
	}{
		"JSON":          {receiptCall{target: "?ref=a.1", contentType: jsonType, body: `{"a":[1,"b",9007199254740993]}`, header: key}, `{"body":{"a":[1,"b","9007199254740993"]},"headers":{"Content-Type":"application/json","X-Hint":"h"},"method":"POST","query":{"ref":"a.1"}}`},
		"form":          {receiptCall{contentType: formType, body: "a=1&b=%C3%A9&a=2", header: key}, `{"body":{"a":"1","b":"é"},"headers":{"Content-Type":"application/x-www-form-urlencoded","X-Hint":"h"},"method":"POST","query":{}}`},
		"query alone":   {receiptCall{method: "GET", target: "?a=1&key=" + backKey}, `{"body":null,"headers":{},"method":"GET","query":{"a":"1"}}`},
		"untyped JSON":  {receiptCall{body: `{"a":1}`, header: map[string]string{"Authorization": "Bearer " + backKey}}, `{"body":{"a":1},"headers":{},"method":"POST","query":{}}`},
		"text":          {receiptCall{contentType: "text/plain", body: "DELIVRD", header: map[string]string{"Authorization": "Basic dTpw"}}, `{"body":"DELIVRD","headers":{"Content-Type":"text/plain"},"method":"POST","query":{}}`},
		"no valid text": {receiptCall{contentType: "text/plain", body: "\xff", header: key}, `{"body":"�","headers":{"Content-Type":"text/plain","X-Hint":"h"},"method":"POST","query":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := withReceipts(t, echo)
			var seen string
			spy := spyOn{h.receipt.evaluator, func(result string) { seen = result }}
			h.receipt.evaluator = spy
			box := &inbox{}
			w := tc.call.to(h.Receipts(ReceiptSetup{Now: noon}, box.take))
			require.Equal(t, http.StatusNoContent, w.Code, w.Body)
			require.Len(t, box.reports, 1)
			var result []struct{ Reason string }
			require.NoError(t, json.Unmarshal([]byte(seen), &result))
			require.Equal(t, tc.want, result[0].Reason)
		})
	}
}

func TestReceiptStates(t *testing.T) {
	t.Parallel()
	id, _, _ := courier.ParseReference(delivery + ".3")
	at := courier.Report{Provider: "http", At: noon()}
	with := func(change func(*courier.Report)) courier.Report {
		s := at
		change(&s)
		return s
	}
	for name, tc := range map[string]struct {
		result string
		want   []courier.Report
	}{
		"nothing":      {`[]`, nil},
		"null":         {`null`, nil},
		"by reference": {`[{ref: '` + delivery + `.3', state: 'delivered'}]`, []courier.Report{with(func(s *courier.Report) { s.Delivery, s.Attempt, s.State = id, 3, courier.AttemptDelivered })}},
		"by id":        {`[{id: 'm-1', state: 'sent'}]`, []courier.Report{with(func(s *courier.Report) { s.ProviderID, s.State = "m-1", courier.AttemptSent })}},
		"both": {`[{id: 12, ref: '` + delivery + `.3', state: 'read'}]`, []courier.Report{with(func(s *courier.Report) {
			s.ProviderID, s.Delivery, s.Attempt, s.State = "12", id, 3, courier.AttemptRead
		})}},
		"not ours":    {`[{ref: 'campaign-7', state: 'delivered'}]`, nil},
		"foreign ref": {`[{ref: 'campaign-7', id: 'm-1', state: 'delivered'}]`, []courier.Report{with(func(s *courier.Report) { s.ProviderID, s.State = "m-1", courier.AttemptDelivered })}},
		"alone":       {`{ref: null, id: 'm-1', state: 'delivered'}`, []courier.Report{with(func(s *courier.Report) { s.ProviderID, s.State = "m-1", courier.AttemptDelivered })}},
		"several":     {`[{id: 'm-' + n, state: 'delivered'} for n in [1, 2]]`, []courier.Report{with(func(s *courier.Report) { s.ProviderID, s.State = "m-1", courier.AttemptDelivered }), with(func(s *courier.Report) { s.ProviderID, s.State = "m-2", courier.AttemptDelivered })}},
		"failed": {`[{id: 'm-1', state: 'failed'}]`, []courier.Report{with(func(s *courier.Report) {
			s.ProviderID, s.State, s.Class, s.Reason = "m-1", courier.AttemptFailed, courier.ClassRecipient, "the provider did not deliver the message and gave no reason"
		})}},
		"failed, why": {`[{id: 'm-1', state: 'failed', class: 'config', code: 7, reason: "to +1 202-555-0143"}]`, []courier.Report{with(func(s *courier.Report) {
			s.ProviderID, s.State, s.Class, s.Code, s.Reason = "m-1", courier.AttemptFailed, courier.ClassConfig, "7", "to …"
		})}},
		"delivered, why": {`[{id: 'm-1', state: 'delivered', class: 'config', code: 7, reason: 'x'}]`, []courier.Report{with(func(s *courier.Report) { s.ProviderID, s.State = "m-1", courier.AttemptDelivered })}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &inbox{}
			call := receiptCall{header: map[string]string{"X-API-Key": "the-next-key"}}
			w := call.to(withReceipts(t, Snippet("function(ctx) "+tc.result)).Receipts(ReceiptSetup{Now: noon}, box.take))
			require.Equal(t, http.StatusNoContent, w.Code, w.Body)
			require.Empty(t, w.Body.String())
			require.Equal(t, tc.want, box.reports)
			require.Equal(t, len(tc.want) > 0, box.calls > 0)
		})
	}
}

func TestReceiptsThatAreRefused(t *testing.T) {
	t.Parallel()
	key := map[string]string{"X-API-Key": backKey}
	const good = `function(ctx) [{id: 'm-1', state: 'delivered'}]`
	for name, tc := range map[string]struct {
		snippet string
		call    receiptCall
		sink    error
		want    int
	}{
		"no key":            {good, receiptCall{}, nil, 401},
		"wrong key":         {good, receiptCall{header: map[string]string{"X-API-Key": "x"}}, nil, 401},
		"wrong query":       {good, receiptCall{target: "?key=x"}, nil, 401},
		"empty query":       {good, receiptCall{target: "?key="}, nil, 401},
		"wrong password":    {good, receiptCall{header: map[string]string{"Authorization": "Basic dTpx"}}, nil, 401},
		"header beats":      {good, receiptCall{target: "?key=" + backKey, header: map[string]string{"X-API-Key": "x"}}, nil, 401},
		"no JSON":           {good, receiptCall{contentType: jsonType, body: `{"to":"+12025550143`, header: key}, nil, 400},
		"no problem+json":   {good, receiptCall{contentType: "application/problem+json", body: `x`, header: key}, nil, 400},
		"two values":        {good, receiptCall{contentType: jsonType, body: `{} {}`, header: key}, nil, 400},
		"no form":           {good, receiptCall{contentType: formType, body: `a=%zz`, header: key}, nil, 400},
		"too large":         {good, receiptCall{contentType: "text/plain", body: strings.Repeat("x", MaxInput+1), header: key}, nil, 413},
		"snippet fails":     {`function(ctx) [{id: ctx.body.to, state: ctx.body.what}]`, receiptCall{contentType: jsonType, body: `{"to":"+12025550143"}`, header: key}, nil, 500},
		"unknown state":     {`function(ctx) [{id: 'm-1', state: ctx.body.what}]`, receiptCall{contentType: jsonType, body: `{"what":"+12025550143"}`, header: key}, nil, 500},
		"no state":          {`function(ctx) [{id: 'm-1'}]`, receiptCall{header: key}, nil, 500},
		"about nothing":     {`function(ctx) [{state: 'delivered'}]`, receiptCall{header: key}, nil, 500},
		"unknown class":     {`function(ctx) [{id: 'm-1', state: 'failed', class: ctx.body.c}]`, receiptCall{contentType: jsonType, body: `{"c":"fatal"}`, header: key}, nil, 500},
		"unknown field":     {`function(ctx) [{id: 'm-1', state: 'failed', [ctx.body.c]: 1}]`, receiptCall{contentType: jsonType, body: `{"c":"to"}`, header: key}, nil, 500},
		"very long id":      {`function(ctx) [{id: std.repeat('x', 257), state: 'sent'}]`, receiptCall{header: key}, nil, 500},
		"cannot be stored":  {good, receiptCall{header: key}, errors.New("disk full"), 503},
		"second is unknown": {`function(ctx) [{id: 'm-1', state: 'sent'}, {id: 'm-2', state: 'x'}]`, receiptCall{header: key}, nil, 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, log := &inbox{err: tc.sink}, &journal{}
			trouble := ""
			tell := func(doing string, err error) { trouble += doing + ": " + err.Error() }
			w := tc.call.to(withReceipts(t, Snippet(tc.snippet)).Receipts(ReceiptSetup{Answer: herodot.NewJSONWriter(log), Trouble: tell, Now: noon}, box.take))
			requireRefusal(t, w, tc.want)
			require.Equal(t, tc.sink != nil, box.calls > 0)
			for _, secret := range []string{"2025550143", backKey, "disk full"} {
				require.NotContains(t, w.Body.String()+log.text.String()+trouble, secret)
			}
			require.Equal(t, tc.want == 500, strings.HasPrefix(trouble, "reading receipts: sms.http.receipt could not read"), trouble)
			if tc.want >= 500 && tc.want != 503 {
				require.Contains(t, log.text.String()+w.Body.String(), "sms.http.receipt")
			}
		})
	}
}

func TestReceiptsWithoutASnippet(t *testing.T) {
	t.Parallel()
	cfg := httpConfig(t, "https://a.example")
	cfg.Callback.APIKeys = []secret.Text{backKey}
	require.Nil(t, httpProvider(t, cfg).Receipts(ReceiptSetup{}, (&inbox{}).take))
}

func TestHTTPProviderHangingUpUndoesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	box := &inbox{}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/?key="+backKey, nil)
	w := httptest.NewRecorder()
	withReceipts(t, `function(ctx) [{id: 'm-1', state: 'delivered'}]`).Receipts(ReceiptSetup{}, box.take).ServeHTTP(w, r)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Len(t, box.reports, 1)
}

// spyOn tells what a snippet returned.
type spyOn struct {
	Evaluator

	see func(string)
}

func (s spyOn) Evaluate(ctx context.Context, name, program string) (string, error) {
	result, err := s.Evaluator.Evaluate(ctx, name, program)
	s.see(result)
	return result, err
}

func FuzzHTTPReceipts(f *testing.F) {
	f.Add(`{"id":"m-1","state":"delivered","list":[1,{}]}`, jsonType, "ref=x.1", `[{"id":"m-1","state":"failed","code":"x"}]`)
	f.Add("id=m-1&state=failed", formType, "", `null`)
	f.Add("\xff", "text/plain", "%zz", `{"ref":5,"state":"sent"}`)
	f.Add("", "a/b;c", "key=x&key=y", `[[]]`)
	base := withReceipts(f, `function(ctx) [{id: std.manifestJson(ctx)[0:8], state: 'failed', reason: std.manifestJson(ctx)}]`)
	f.Fuzz(func(t *testing.T, body, contentType, query, result string) {
		for _, evaluator := range []Evaluator{inProcess{}, canned{result: result}} {
			h, receipt := *base, *base.receipt
			receipt.evaluator = evaluator
			h.receipt = &receipt
			box := &inbox{}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.URL.RawQuery = query
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("X-API-Key", backKey)
			w := httptest.NewRecorder()
			h.Receipts(ReceiptSetup{}, box.take).ServeHTTP(w, r)
			switch w.Code {
			case http.StatusNoContent, http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			case http.StatusInternalServerError:
				if _, ok := evaluator.(inProcess); ok && len(body) < maxResult/8 && len(query) < maxResult/8 && len(contentType) < 1024 {
					t.Fatalf("jsonnet could not read %q %q %q", body, contentType, query)
				}
			default:
				t.Fatal(w.Code)
			}
			for _, report := range box.reports {
				if report.State == "" || report.ProviderID == "" && report.Attempt == 0 || len([]rune(report.Reason)) > 201 {
					t.Fatalf("%+v", report)
				}
			}
		}
	})
}
