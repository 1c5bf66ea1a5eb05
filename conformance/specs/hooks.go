package specs

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// door stands between Kratos and a courier. Messages pass; events pass too, or
// are taken and never answered.
type door struct {
	url string
	// messages are the bodies of the messages that passed, at most ten.
	messages chan string
	// held are events that were taken and are not answered.
	held chan struct{}
	// release ends the wait of all held events.
	release func()
	stop    func()
}

// newDoor opens a door to a courier that ends with the spec.
func newDoor(to *testkit.Courier, holdEvents bool) *door {
	GinkgoHelper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	behind := httputil.NewSingleHostReverseProxy(must(url.Parse(to.PrivateURL)))
	open := make(chan struct{})
	d := &door{
		url: "http://" + listener.Addr().String(), held: make(chan struct{}, 10), messages: make(chan string, 10),
		release: sync.OnceFunc(func() { close(open) }),
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if holdEvents && strings.HasSuffix(r.URL.Path, "/events") {
				_, _ = io.Copy(io.Discard, r.Body)
				d.held <- struct{}{}
				select {
				case <-open:
				case <-r.Context().Done():
				}
				return
			}
			if strings.HasSuffix(r.URL.Path, "/messages") {
				body, _ := io.ReadAll(r.Body) // A body cut short is the courier's to refuse.
				r.Body = io.NopCloser(bytes.NewReader(body))
				select {
				case d.messages <- string(body):
				default:
				}
			}
			behind.ServeHTTP(w, r)
		})}
	go func() { _ = server.Serve(listener) }()
	d.stop = func() { _ = server.Close() }
	DeferCleanup(func() {
		d.release()
		d.stop()
	})
	return d
}

// kratosBehind starts a Kratos that reaches the suite's courier through a door.
func (s *suite) kratosBehind(ctx context.Context, d *door) *testkit.Kratos {
	GinkgoHelper()
	k := must(testkit.StartKratos(ctx, testkit.KratosOptions{
		CourierURL: d.url, CourierKey: s.Courier.KratosKey, Configure: eager,
	}))
	DeferCleanup(k.Close)
	return k
}

func (s *suite) hooks() {
	// confirmed changes a person's number and confirms it with the code that came
	// by WhatsApp.
	confirmed := func(ctx SpecContext, k *testkit.Kratos, token string, phone string) {
		GinkgoHelper()
		flow := must(k.Session(token).ChangePhone(ctx, map[string]any{"phone": phone}))
		code := arrived(ctx, s.System, phone, client.WhatsApp, 1).Code
		Expect(must(flow.Confirm(ctx, code))).To(Equal("passed_challenge"))
	}

	Describe("the web hooks of Kratos", func() {
		It("tell of a login and of a confirmed number", Label("USE-6", "MSG-3"), limit, func(ctx SpecContext) {
			person, fresh := newPerson(ctx, s.System, nil), s.Numbers.Next()
			login := askForCode(ctx, person, nil)
			result := must(login.Submit(ctx, arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code))
			Expect(result.SessionToken).NotTo(BeEmpty())
			expectUsed(ctx, s.System, deliveryTo(ctx, s.System, person.Phone, 1).ID)

			switchOff(ctx, s.System, fresh) // So that an SMS would be due.
			confirmed(ctx, s.Kratos, result.SessionToken, fresh)
			seen := expectUsed(ctx, s.System, deliveryTo(ctx, s.System, fresh, 1).ID)
			Expect(seen).To(And(HaveField("TemplateType", "verification_code_valid"), state("cancelled"), attempts(client.WhatsApp)))
			expectCount(ctx, s.System, fresh, client.SMS, 0)
		})

		It("tell of a recovery", Label("USE-6"), limit, func(ctx SpecContext) {
			d := system(ctx, testkit.SystemOptions{
				Mock: calm(),
				Kratos: testkit.KratosOptions{Configure: also(eager, func(c testkit.Config) {
					c.Set("selfservice.flows.recovery.enabled", true)
				})},
			})
			person := newPerson(ctx, d, nil)
			switchOff(ctx, d, person.Phone) // So that an SMS would be due.
			id := accepted(ctx, d.Courier, edit(payload("v26.2.0/recovery_code_valid", person.Phone, randomCode(6), nil),
				func(_, data map[string]any) { data["identity"] = map[string]any{"id": person.ID} }))
			arrived(ctx, d, person.Phone, client.WhatsApp, 1)
			Expect(person.RecoverByAdmin(ctx)).To(Succeed())
			seen := expectUsed(ctx, d, id)
			Expect(seen).To(And(HaveField("TemplateType", "recovery_code_valid"), state("cancelled"), attempts(client.WhatsApp)))
		})

		It("tell of a registration under any schema", Label("USE-6"), limit, func(ctx SpecContext) {
			d := system(ctx, testkit.SystemOptions{
				Mock:   calm(),
				Kratos: testkit.KratosOptions{Configure: also(eager, emailAndMobile)},
			})
			phone := d.Numbers.Next()
			switchOff(ctx, d, phone)
			id := accepted(ctx, d.Courier, payload("v26.2.0/registration_code_valid", phone, randomCode(6), nil))
			arrived(ctx, d, phone, client.WhatsApp, 1)
			Expect(d.Kratos.Register(ctx, map[string]any{"email": "person@example.com", "mobile": phone}, "a-long-pass-phrase-of-37")).To(Succeed())
			Expect(expectUsed(ctx, d, id)).To(And(state("cancelled"), attempts(client.WhatsApp)))
		})

		It("and messages pass a Kratos that calls no private addresses but the courier's", Label("USE-6"), limit, func(ctx SpecContext) {
			d := system(ctx, testkit.SystemOptions{
				Mock: calm(), Courier: testkit.CourierOptions{Configure: quick},
				Kratos: testkit.KratosOptions{Configure: eager, PrivateAddressesRefused: true},
			})
			person := newPerson(ctx, d, nil)
			login := askForCode(ctx, person, nil)
			expectLogin(ctx, d, person, login, arrived(ctx, d, person.Phone, client.WhatsApp, 1).Code)
			expectUsed(ctx, d, deliveryTo(ctx, d, person.Phone, 1).ID)
		})

		It("count what was used by country and channel", Label("USE-6"), limit, func(ctx SpecContext) {
			count := func(name string) float64 {
				GinkgoHelper()
				return must(s.Courier.Metric(ctx, "whatsapp_courier_"+name, `channel="whatsapp"`, `calling_code="1"`))
			}
			used := func() float64 { return count("codes_used_total") }
			before, sent := used(), count("codes_sent_total")
			person := newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			expectLogin(ctx, s.System, person, login, arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code)
			Eventually(used).WithContext(ctx).Should(BeNumerically(">", before))
			Expect(count("codes_sent_total")).To(BeNumerically(">", sent))
		})

		It("do not keep anybody out when nobody answers at the courier's address", Label("USE-6"), limit, func(ctx SpecContext) {
			gone := newDoor(s.Courier, false)
			kratos := s.kratosBehind(ctx, gone)
			person := must(kratos.NewPerson(ctx, s.Numbers.Next(), nil))
			login := askForCode(ctx, person, nil)
			code := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code
			gone.stop()
			result := must(login.Submit(ctx, code))
			Expect(result).To(And(HaveField("HTTPStatus", 200), HaveField("SessionToken", Not(BeEmpty()))))
		})

		It("let nobody wait for a courier that does not answer", Label("USE-6"), limit, func(ctx SpecContext) {
			slow := newDoor(s.Courier, true)
			kratos := s.kratosBehind(ctx, slow)
			person, fresh := must(kratos.NewPerson(ctx, s.Numbers.Next(), nil)), s.Numbers.Next()
			login := askForCode(ctx, person, nil)
			code := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code
			// Nothing is released before these answers are there, so they did not
			// wait for it.
			result := must(login.Submit(ctx, code))
			Expect(result).To(And(HaveField("HTTPStatus", 200), HaveField("SessionToken", Not(BeEmpty()))))
			Eventually(slow.held).WithContext(ctx).Should(Receive(), "the event of the login")
			confirmed(ctx, kratos, result.SessionToken, fresh)
			Eventually(slow.held).WithContext(ctx).Should(Receive(), "the event of the confirmed number")
		})
	})
}

// emailAndMobile is another schema than that of deploy/kratos: people log in by
// e-mail and password, and have a phone under another name.
func emailAndMobile(c testkit.Config) {
	const schema = `{"$id": "https://example.com/other.json", "type": "object", "properties": {"traits": {
		"type": "object", "properties": {
			"email": {"type": "string", "format": "email", "ory.sh/kratos": {"credentials": {"password": {"identifier": true}}}},
			"mobile": {"type": "string", "format": "tel", "ory.sh/kratos": {"verification": {"via": "sms"}}}
		}}}}`
	c.Set("identity.schemas", []any{map[string]any{"id": "phone", "url": "base64://" + base64.StdEncoding.EncodeToString([]byte(schema))}})
	c.Set("selfservice.methods.password.enabled", true)
	c.Set("selfservice.methods.password.config.haveibeenpwned_enabled", false) // It asks a server outside.
	after := c.Get("selfservice.flows.registration.after.code")
	c.Set("selfservice.flows.registration.after.password", after)
}

// expectUsed waits until operators see that a delivery's code was used.
func expectUsed(ctx context.Context, d *testkit.System, id string) testkit.Delivery {
	GinkgoHelper()
	return expectDelivery(ctx, d, id, HaveField("UsedAt", Not(BeZero())))
}
