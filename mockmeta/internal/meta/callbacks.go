package meta

import (
	"fmt"
	"net/url"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// CheckCallback refuses what cannot be posted to.
func CheckCallback(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%q is not an http or https URL", raw)
	}
	return nil
}

// Took says whether an answer of a callback means that it took what it was
// sent: Meta wants 200, Twilio any 2xx.
func Took(channel string, answer int) bool {
	if channel == client.SMS {
		return answer/100 == 2
	}
	return answer == 200
}
