package app

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

// looksEvery is how often a test code is looked at.
const looksEvery = 250 * time.Millisecond

// newTrial is a test code for a number, on each channel that a mode allows.
func newTrial(c *Config, to string, service doctor.Service, live io.Writer) (*doctor.Trial, error) {
	phone, err := courier.ParsePhone(to)
	if err != nil {
		return nil, fmt.Errorf("--send: must be your own number, such as +12025550143: %w", err)
	}
	t := &doctor.Trial{Service: service, To: phone, Every: looksEvery, Authorize: asKratos(c), Say: sayLive(live)}
	for _, channel := range []courier.Channel{courier.WhatsApp, courier.SMS} {
		if c.uses(channel) {
			t.Channels = append(t.Channels, channel)
		}
	}
	return t, nil
}

// asKratos gives requests the credentials that Kratos has.
func asKratos(c *Config) func(*http.Request) {
	if keys := c.Kratos.APIKeys; len(keys) > 0 {
		return func(r *http.Request) { r.Header.Set("X-API-Key", keys[0].Reveal()) }
	}
	basic := c.Kratos.BasicAuth
	return func(r *http.Request) { r.SetBasicAuth(basic.Username, basic.Password.Reveal()) }
}

// sayLive writes a line for each thing that happens. On a terminal, the time goes on in a
// line of its own meanwhile.
func sayLive(w io.Writer) func(doctor.Progress) {
	file, ok := w.(*os.File)
	turning := ok && isTerminal(file)
	turn := 0
	return func(p doctor.Progress) {
		at := fmt.Sprintf("%6.1f s  %-8s", p.After.Seconds(), p.Channel)
		switch {
		case p.What != "" && turning:
			_, _ = fmt.Fprintf(w, "\r\x1b[K%s  %s\n", at, p.What)
		case p.What != "":
			_, _ = fmt.Fprintf(w, "%s  %s\n", at, p.What)
		case turning:
			turn++
			_, _ = fmt.Fprintf(w, "\r\x1b[K%s  %c", at, `|/-\`[turn%4])
		}
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
