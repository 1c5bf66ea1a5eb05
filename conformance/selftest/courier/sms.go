package courier

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// sendSMS asks the provider once, in Twilio's form.
func (c *Courier) sendSMS(ctx context.Context, d *delivery) outcome {
	form := url.Values{"To": {d.Phone}, "From": {c.o.SMSFrom}, "Body": {"Your code is " + d.Code}}
	to := c.o.SMSURL + "/2010-04-01/Accounts/" + c.o.SMSAccount + "/Messages.json"
	var answer struct {
		SID  string `json:"sid"`
		Code int    `json:"code"`
	}
	status := c.ask(ctx, to, strings.NewReader(form.Encode()), &answer, c.o.Timeout, func(r *http.Request) {
		r.SetBasicAuth(c.o.SMSAccount, c.o.SMSToken)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	return outcome{id: answer.SID, code: answer.Code, status: status}
}

// ask posts, and reads an answer of JSON. The status is 0 when none came.
func (c *Courier) ask(ctx context.Context, url string, body io.Reader, answer any, within time.Duration, prepare func(*http.Request)) (status int) {
	// A request under way is finished also while stopping, within its time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(c.o.Timeout, within))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return http.StatusBadRequest
	}
	prepare(r)
	res, err := c.client.Do(r)
	if dial := new(net.OpError); errors.As(err, &dial) && dial.Op == "dial" {
		return http.StatusBadGateway // Nothing was sent.
	}
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return 0
	}
	_ = json.Unmarshal(raw, answer) // A page of an error is no JSON; its status says enough.
	return res.StatusCode
}
