package mockmeta

import (
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/control"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/graph"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/hooks"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/page"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/smsapi"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// apiHandler is what Meta and the SMS providers serve.
func (s *Server) apiHandler(o Options) http.Handler {
	mux := http.NewServeMux()
	smsapi.New(smsapi.Options{TwilioAccountSID: o.TwilioAccountSID, TwilioAuthToken: o.TwilioAuthToken}, s.world).Register(mux)
	mux.Handle("/", graph.New(graph.Options{
		Log: o.Log, URL: s.URL, AccessToken: o.AccessToken, AppSecret: o.AppSecret,
		Lenient: o.Lenient, RefuseExpiredVersions: o.RefuseExpiredVersions, Handshake: s.hooks.Handshake,
	}, s.world))
	return mux
}

// controlHandler is what tests and people use.
func (s *Server) controlHandler() http.Handler {
	mux := http.NewServeMux()
	control.New(s.world, s.hooks.Handshake).Register(mux)
	page.New(s.world, s.log).Register(mux)
	// The control API has no credentials, so other sites' pages must not use it.
	return http.NewCrossOriginProtection().Handler(mux)
}

func (o Options) world() world.Options {
	return world.Options{
		Log: o.Log, Chaos: client.Chaos{Seed: o.Seed, Faults: o.Chaos},
		SentAfter: o.SentAfter, DeliveredAfter: o.DeliveredAfter, ReadAfter: o.ReadAfter, ReviewAfter: o.ReviewAfter,
		Throughput: o.Throughput, PairEvery: o.PairEvery, PairBurst: o.PairBurst, MaxMessages: o.MaxMessages,
	}
}

func (o Options) hooks() hooks.Options {
	return hooks.Options{
		Log: o.Log, Now: o.Now, AppSecret: o.AppSecret, Shape: o.Shape,
		TwilioAccountSID: o.TwilioAccountSID, TwilioAuthToken: o.TwilioAuthToken,
	}
}
