package specs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) endpoints() {
	// expectError expects Ory's envelope and nothing secret in it.
	expectError := func(answer testkit.Answer, status int, secrets ...string) {
		GinkgoHelper()
		Expect(answer.Status).To(Equal(status), answer.Body)
		Expect(answer.Header).NotTo(HaveKey("Retry-After"))
		var envelope struct {
			Error struct {
				Code    int    `json:"code"`
				Status  string `json:"status"`
				Message string `json:"message"`
			} `json:"error"`
		}
		Expect(json.Unmarshal([]byte(answer.Body), &envelope)).To(Succeed(), answer.Body)
		Expect(envelope.Error.Code).To(Equal(status))
		Expect(envelope.Error.Message).NotTo(BeEmpty())
		for _, secret := range secrets {
			Expect(answer.Body).NotTo(ContainSubstring(secret))
		}
	}
	// expectNothingStored compares with the number of deliveries before.
	expectNothingStored := func(ctx SpecContext, d deployment) {
		GinkgoHelper()
		Expect(must(d.Courier.Operator().Deliveries(ctx))).To(BeEmpty())
		Expect(must(d.Mock.Messages(ctx, client.Filter{}))).To(BeEmpty())
	}

	Describe("the private endpoints", func() {
		It("require credentials", Label("SEC-3"), limit, func(ctx SpecContext) {
			needs(viaOperator)
			d := s.deploy(ctx, nil)
			c := d.Courier
			message, event := login6(d.Numbers.Next()), `{"event":"login","phone":"+12025550100"}`
			for _, endpoint := range []struct{ method, url, body, otherKey string }{
				{http.MethodPost, c.MessagesURL(), message, c.AdminKey},
				{http.MethodPost, c.EventsURL(), event, c.AdminKey},
				{http.MethodGet, c.PrivateURL + "/admin/deliveries", "", c.KratosKey},
				{http.MethodGet, c.PrivateURL + "/admin/deliveries/0192aaaa-0000-7000-8000-000000000000", "", c.KratosKey},
			} {
				for _, header := range [][]string{
					{},
					{"X-API-Key", ""},
					{"X-API-Key", endpoint.otherKey},
					{"Authorization", "Bearer " + endpoint.otherKey},
					{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("kratos:"))},
				} {
					By(endpoint.url + " " + strings.Join(header, ": "))
					answer := must(testkit.Do(ctx, endpoint.method, endpoint.url, endpoint.body, append(header, "Content-Type", "application/json")...))
					expectError(answer, http.StatusUnauthorized, c.AdminKey, c.KratosKey)
				}
			}
			expectNothingStored(ctx, d)
		})

		It("take no message without the right credentials", Label("SEC-3"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			name := s.Courier.KratosHeader("")[0]
			for _, header := range [][]string{{}, {name, ""}, {name, "another key than Kratos has"}} {
				needs(viaMessages)
				answer := must(testkit.Do(ctx, http.MethodPost, s.Courier.MessagesURL(), login6(phone),
					append(header, "Content-Type", "application/json")...))
				Expect(answer.Status).To(BeElementOf(http.StatusUnauthorized, http.StatusForbidden))
			}
			s.expectOnly(ctx, phone, "", 0)
		})

		It("accept an API key, a bearer token and basic authentication", Label("SEC-3"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("kratos.basic_auth", map[string]any{"username": "kratos", "password": "a long password"})
			})
			for _, header := range [][]string{
				{"X-API-Key", d.Courier.KratosKey},
				{"Authorization", "Bearer " + d.Courier.KratosKey},
				{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("kratos:a long password"))},
			} {
				phone := d.Numbers.Next()
				answer := must(testkit.Do(ctx, http.MethodPost, d.Courier.MessagesURL(), login6(phone),
					append(header, "Content-Type", "application/json")...))
				expectHarmless(answer)
				d.expectMessage(ctx, phone, client.WhatsApp, 1)
			}
		})

		It("listen on loopback by default", Label("SEC-3"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("serve.private", map[string]any{"port": 0})
				c.Set("serve.public", map[string]any{"port": 0})
			})
			others := otherAddresses()
			if len(others) == 0 {
				Skip("this machine has no other address than 127.0.0.1")
			}
			var listeners []string
			for _, r := range d.Courier.Replicas {
				listeners = append(listeners, r.PrivateURL, r.PublicURL)
			}
			for _, base := range listeners {
				port := must(url.Parse(base)).Port()
				Expect(accepts(ctx, "127.0.0.1", port)).To(BeTrueBecause("the listener is there"))
				for _, address := range others {
					Expect(accepts(ctx, address, port)).To(BeFalseBecause("nobody else must reach it, as at %s", address))
				}
			}
		})

		DescribeTable("reject what is not a message of Kratos:", Label("SEC-6"),
			func(ctx SpecContext, status int, body func() string) {
				d := s.deploy(ctx, nil)
				answer := d.postAs(ctx, d.Courier.KratosKey, body())
				if d.Courier.Foreign() {
					Expect(answer.Status).To(BeNumerically("<", 500), "bad input is the sender's fault")
					Expect(answer.Body).NotTo(ContainSubstring("314159"))
				} else {
					expectError(answer, status, "314159")
					Expect(must(d.Courier.Operator().Deliveries(ctx))).To(BeEmpty())
				}
				Expect(d.Courier.Running()).To(BeTrueBecause("bad input must not end the courier"))
				phone := d.Numbers.Next()
				d.post(ctx, login6(phone))
				d.expectMessage(ctx, phone, client.WhatsApp, 1)
				d.expectCount(ctx, "", "", 1)
			},
			Entry("an empty body", limit, http.StatusBadRequest, func() string { return "" }),
			Entry("text that is not JSON", limit, http.StatusBadRequest, func() string { return "code=314159" }),
			Entry("a truncated body", limit, http.StatusBadRequest, func() string {
				body := payload(loginMessage, "+12025550199", "314159", nil)
				return body[:len(body)*9/10]
			}),
			Entry("two bodies in one", limit, http.StatusBadRequest, func() string {
				body := payload(loginMessage, "+12025550199", "314159", nil)
				return body + body
			}),
			Entry("an array", limit, http.StatusBadRequest, func() string { return `["314159"]` }),
			Entry("invalid UTF-8", limit, http.StatusBadRequest, func() string {
				return strings.Replace(payload(loginMessage, "+12025550199", "314159PLACE", nil), "PLACE", "\xff\xfe", 1)
			}),
			Entry("deeply nested JSON", limit, http.StatusBadRequest, func() string { return strings.Repeat(`{"a":`, 100_000) }),
			Entry("a body larger than 1 MiB", limit, http.StatusRequestEntityTooLarge, func() string {
				return login6("+12025550199") + strings.Repeat(" ", 1<<20)
			}),
			Entry("a body of another jsonnet template, v1.3.1", limit, http.StatusBadRequest, func() string { return capturedBody("v1.3.1/jsonnet_small") }),
			Entry("a body of another jsonnet template, v26.2.0", limit, http.StatusBadRequest, func() string { return capturedBody("v26.2.0/jsonnet_small") }),
			Entry("a URL-encoded form", limit, http.StatusBadRequest, func() string { return capturedBody("v1.3.1/form_urlencoded") }),
		)

		It("let only operators deny a number, and nothing but phone numbers", Label("SEC-3", "SEC-6"), limit, func(ctx SpecContext) {
			needs(viaOperator)
			d := s.deploy(ctx, nil)
			phone := d.Numbers.Next()
			ask := func(key, body string) int {
				GinkgoHelper()
				return must(testkit.Do(ctx, http.MethodPut, d.Courier.PrivateURL+"/admin/denied-numbers", body,
					"X-API-Key", key, "Content-Type", "application/json")).Status
			}
			Expect(ask(d.Courier.KratosKey, `{"phone":"`+phone+`"}`)).To(Equal(http.StatusUnauthorized))
			for _, body := range []string{"", "[]", `{}`, `{"phone":"no number"}`, `{"phone":15}`} {
				Expect(ask(d.Courier.AdminKey, body)).To(Equal(http.StatusBadRequest), body)
			}
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
		})
	})

	Describe("the public listener", func() {
		It("takes nothing that is Kratos'", Label("SEC-4"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			webhook := must(url.Parse(s.Courier.WebhookURL()))
			endpoints := map[string]string{s.Courier.MessagesURL(): login6(phone)}
			if s.Courier.EventsURL() != "" {
				endpoints[s.Courier.EventsURL()] = `{"event":"login","phone":"` + phone + `"}`
			}
			for endpoint, body := range endpoints {
				public := must(url.Parse(endpoint))
				public.Host = webhook.Host
				answer := must(testkit.Do(ctx, http.MethodPost, public.String(), body,
					append(s.Courier.KratosHeader(s.Courier.KratosKey), "Content-Type", "application/json")...))
				Expect(answer.Status).To(And(BeNumerically(">=", 400), BeNumerically("<", 500)), public.Path)
			}
			given("the same listener serves the webhook", func() {
				Expect(s.shakeHands(ctx, "subscribe", testkit.MockVerifyToken)).To(HaveField("Body", challenge))
			})
			s.expectOnly(ctx, phone, "", 0)
		})

		DescribeTable("serves only the webhook, not", Label("SEC-4"), EntryDescription("%s %s"),
			func(ctx SpecContext, method, path string) {
				needs(viaOperator)
				answer := must(testkit.Do(ctx, method, s.Courier.PublicURL+path, "",
					"X-API-Key", s.Courier.AdminKey, "Authorization", "Bearer "+s.Courier.KratosKey))
				Expect(answer.Status).To(BeElementOf(http.StatusNotFound, http.StatusMethodNotAllowed))
				Expect(s.Courier.WebhookURL()).To(HavePrefix(s.Courier.PublicURL + "/"))
				Expect(s.shakeHands(ctx, "subscribe", testkit.MockVerifyToken)).To(HaveField("Body", challenge),
					"the same listener serves the webhook")
			},
			Entry(nil, limit, http.MethodGet, "/"),
			Entry(nil, limit, http.MethodPost, "/kratos/messages"),
			Entry(nil, limit, http.MethodPost, "/kratos/events"),
			Entry(nil, limit, http.MethodGet, "/admin/deliveries"),
			Entry(nil, limit, http.MethodGet, "/metrics/prometheus"),
			Entry(nil, limit, http.MethodGet, "/debug/pprof/"),
			Entry(nil, limit, http.MethodDelete, "/webhooks/meta"),
		)
	})
}

// otherAddresses are the addresses of this machine besides 127.0.0.1 at which a
// program can listen. On Linux all of 127.0.0.0/8 is its own.
func otherAddresses() []string {
	GinkgoHelper()
	candidates := []string{"127.0.0.2"}
	for _, address := range must(net.InterfaceAddrs()) {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsLinkLocalUnicast() && !network.IP.IsLoopback() {
			candidates = append(candidates, network.IP.String())
		}
	}
	var others []string
	for _, address := range candidates {
		if listener, err := net.Listen("tcp", net.JoinHostPort(address, "0")); err == nil {
			_ = listener.Close()
			others = append(others, address)
		}
	}
	return others
}

// accepts reports whether a program takes connections there.
func accepts(ctx context.Context, host, port string) bool {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
