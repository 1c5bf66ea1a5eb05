package smsapi

import (
	"net/http"
	"time"
)

// handleTwilioAccount serves GET /2010-04-01/Accounts/{sid}.json. The real answer has the
// auth token too, which nobody should read there.
func (a *API) handleTwilioAccount(w http.ResponseWriter, r *http.Request) {
	uri := "/2010-04-01/Accounts/" + a.o.TwilioAccountSID
	started := a.world.Started.UTC().Format(time.RFC1123Z)
	a.answerTwilio(w, r, twilioAnswer{status: http.StatusOK, refusal: a.authorizeTwilio(r), body: map[string]any{
		"sid": a.o.TwilioAccountSID, "friendly_name": "Example Login", "status": "active", "type": "Full",
		"date_created": started, "date_updated": started, "owner_account_sid": a.o.TwilioAccountSID, "uri": uri + ".json",
		"subresource_uris": map[string]string{"messages": uri + "/Messages.json"},
	}})
}
