package hooks

import (
	"crypto/hmac"
	"crypto/sha1" // Twilio signs with it
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Receipt posts a status of an SMS to its sender, as Twilio does: signed, and not
// repeated.
func (h *Hooks) Receipt(r world.Receipt) {
	form := url.Values{
		"MessageSid": {r.ID}, "SmsSid": {r.ID}, "AccountSid": {h.o.TwilioAccountSID}, "ApiVersion": {"2010-04-01"},
		"To": {r.To}, "From": {r.From}, "MessageStatus": {r.Status}, "SmsStatus": {r.Status},
	}
	if r.Code != 0 {
		form.Set("ErrorCode", strconv.Itoa(r.Code))
	}
	post := client.Webhook{At: r.At, URL: r.Callback, Body: form.Encode(), Signature: twilioSignature(h.o.TwilioAuthToken, r.Callback, form)}
	h.inLine(r.ID, func(done func()) {
		posted := h.poster.background(func() {
			header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"TwilioProxy/1.1"}, "X-Twilio-Signature": {post.Signature}}
			var cause error
			post.Answer, cause = h.poster.post(post.URL, header, strings.NewReader(post.Body), len(post.Body))
			h.poster.warnUntaken(client.SMS, post.URL, r.Status, post.Answer, cause)
			r.Tried(post)
			done()
		})
		if !posted {
			done()
		}
	})
}

// twilioSignature is the value of X-Twilio-Signature: HMAC-SHA1 over the URL
// followed by the form's names and values in the order of the names.
func twilioSignature(token, url string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	fmt.Fprint(mac, url)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, v := range form[name] {
			fmt.Fprint(mac, name, v)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
