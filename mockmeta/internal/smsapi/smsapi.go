package smsapi

import (
	"net/http"
	"regexp"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Options of the SMS APIs: Twilio's credentials. All are needed.
type Options struct{ TwilioAccountSID, TwilioAuthToken string }

// API takes SMS: as Twilio does, and from whatever else speaks HTTP. Another
// provider is another file with its routes here.
type API struct {
	o     Options
	world *world.World
}

// New are the SMS APIs of a world.
func New(o Options, w *world.World) *API { return &API{o: o, world: w} }

// Register adds the routes.
func (a *API) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", a.handleTwilioSend)
	mux.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages/{message}", a.handleTwilioGet)
	mux.HandleFunc("GET /2010-04-01/Accounts/{sid}", a.handleTwilioAccount)
	mux.HandleFunc("/2010-04-01/Accounts/{sid}/{rest...}", a.handleTwilioRest)
	mux.HandleFunc("POST /sms", a.handleSink)
}
