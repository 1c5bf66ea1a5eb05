package hooks

import (
	"net/http"
	"net/url"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// A webhook that its callback does not take is repeated for days. The terminal
// says so.

// maxNotices bounds the callbacks that are remembered.
const maxNotices = 1000

// sayAgain is how long the terminal is quiet about an answer that it has printed.
const sayAgain = time.Minute

// callbackNotices remembers what was said about callbacks.
type callbackNotices map[callbackAnswer]time.Time

// callbackAnswer is a callback without its query, and what it answered; 0 is no
// answer.
type callbackAnswer struct {
	url    string
	answer int
}

// due says whether there is something new to say about an answer.
func (n callbackNotices) due(a callbackAnswer, now time.Time) bool {
	if at, said := n[a]; said && now.Sub(at) < sayAgain {
		return false
	}
	if len(n) >= maxNotices {
		clear(n)
	}
	n[a] = now
	return true
}

// withoutQuery is a callback as it may be printed: queries carry tokens.
func withoutQuery(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return "(not a URL)"
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}

// hintFor is what may be wrong when a callback answers so.
func hintFor(channel string, answer int) string {
	switch answer {
	case 0:
		return "is it running, and is the URL right?"
	case http.StatusUnauthorized, http.StatusForbidden:
		if channel == client.SMS {
			return "compare its auth token and callback URL with --twilio-auth-token and the StatusCallback"
		}
		return "compare its app secret with --app-secret"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "is the path of the callback right?"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "redirects are not followed"
	}
	return "see its log"
}
