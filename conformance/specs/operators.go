package specs

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// askOperators reads the operator API as an operator does.
func askOperators(ctx context.Context, c *testkit.Courier, path string, into any) int {
	GinkgoHelper()
	answer := must(testkit.Do(ctx, http.MethodGet, c.PrivateURL+path, "", "X-API-Key", c.AdminKey))
	if answer.Status == http.StatusOK {
		Expect(json.Unmarshal([]byte(answer.Body), into)).To(Succeed(), answer.Body)
	}
	return answer.Status
}

// tellOperators asks the operator API, with a key, for what may change something or is
// about the number in the body.
func tellOperators(ctx context.Context, c *testkit.Courier, key, method, path, body string, into any) int {
	GinkgoHelper()
	needs(viaOperator)
	answer := must(testkit.Do(ctx, method, c.PrivateURL+path, body, "X-API-Key", key))
	if answer.Status == http.StatusOK && into != nil {
		Expect(json.Unmarshal([]byte(answer.Body), into)).To(Succeed(), answer.Body)
	}
	return answer.Status
}

// aboutNumber is the body of a request about a number.
func aboutNumber(phone string) string { return `{"phone":"` + phone + `"}` }

func (s *suite) operators() {
	type page struct {
		Deliveries []testkit.Delivery `json:"deliveries"`
		Next       string             `json:"next"`
	}
	idsOf := func(p page) []string {
		ids := []string{}
		for _, d := range p.Deliveries {
			ids = append(ids, d.ID)
		}
		return ids
	}

	Describe("operators", func() {
		It("list deliveries, newest first, by page and by state", Label("OPS-2"), limit, func(ctx SpecContext) {
			const deliveries, onPage = perNumber + 3, 2
			d := s.deploy(ctx, nil)
			flooded := d.Numbers.Next()
			ids := []string{}
			for range perNumber + 1 { // The last one is too much.
				ids = append([]string{d.post(ctx, login6(flooded))}, ids...)
			}
			for range deliveries - len(ids) {
				ids = append([]string{d.post(ctx, login6(d.Numbers.Next()))}, ids...)
			}
			for _, id := range ids {
				d.expectDelivery(ctx, id, ended())
			}

			var all []string
			for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
				var got page
				Expect(askOperators(ctx, d.Courier, "/admin/deliveries?limit=2&cursor="+cursor, &got)).To(Equal(http.StatusOK))
				Expect(len(got.Deliveries)).To(And(BeNumerically(">", 0), BeNumerically("<=", onPage)))
				all, cursor = append(all, idsOf(got)...), got.Next
			}
			Expect(all).To(Equal(ids))

			var got page
			Expect(askOperators(ctx, d.Courier, "/admin/deliveries?state=suppressed", &got)).To(Equal(http.StatusOK))
			Expect(got.Deliveries).To(ConsistOf(And(HaveField("ID", ids[deliveries-perNumber-1]), HaveField("Reason", "number_limit"))))
			Expect(got.Next).To(BeEmpty())
			for _, query := range []string{"state=lost", "limit=0", "limit=many", "cursor=none"} {
				Expect(askOperators(ctx, d.Courier, "/admin/deliveries?"+query, nil)).To(Equal(http.StatusBadRequest), query)
			}
			Expect(askOperators(ctx, d.Courier, "/admin/deliveries/0192aaaa-0000-7000-8000-000000000000", nil)).To(Equal(http.StatusNotFound))
			Expect(d.metric(ctx, "messages_received_total", `outcome="suppressed"`, `reason="number_limit"`)).
				To(Equal(1.0))
		})

		It("find deliveries by number, country, channel, error code and time", Label("OPS-2"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			first, second := d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, second, notOnWhatsApp)
			quiet, refused := d.post(ctx, login6(first)), d.post(ctx, login6(second))
			d.expectDelivery(ctx, quiet, ended())
			seen := d.expectDelivery(ctx, refused, ended(), attempts(client.WhatsApp, client.SMS))
			code := strconv.Itoa(notOnWhatsApp)
			for query, want := range map[string][]string{
				"code=" + code:                  {refused},
				"code=" + code + "&channel=sms": {},
				"channel=sms":                   {refused},
				"country=US":                    {refused, quiet},
				"country=BR":                    {},
				"purpose=login":                 {refused, quiet},
				"from=" + seen.AcceptedAt.Format(time.RFC3339Nano): {refused},
				"to=" + seen.AcceptedAt.Format(time.RFC3339Nano):   {quiet},
			} {
				var got page
				Expect(askOperators(ctx, d.Courier, "/admin/deliveries?"+query, &got)).To(Equal(http.StatusOK), query)
				Expect(idsOf(got)).To(Equal(want), query)
			}
			var theirs page
			Expect(tellOperators(ctx, d.Courier, d.Courier.AdminKey, http.MethodPost, "/admin/deliveries/search", aboutNumber(first), &theirs)).To(Equal(http.StatusOK))
			Expect(idsOf(theirs)).To(Equal([]string{quiet}))
		})

		It("cancel a delivery, and nothing more is sent", Label("OPS-2"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			cancel := func() int {
				return tellOperators(ctx, s.Courier, s.Courier.AdminKey, http.MethodPost, "/admin/deliveries/"+id+"/cancel", "", nil)
			}
			Expect(cancel()).To(Equal(http.StatusOK))
			s.expectDelivery(ctx, id, state("cancelled"), HaveField("Reason", "operator"), attempts(client.WhatsApp))
			s.expectOnly(ctx, message.To, client.SMS, 0)
			Expect(cancel()).To(Equal(http.StatusConflict))
		})

		It("resend a code by SMS before its fallback is due, once", Label("OPS-2"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.after", "4m")
				c.Set("fallback.overall", "4m")
			})
			id, message := d.sendOnly(ctx)
			resend := func() int {
				return tellOperators(ctx, d.Courier, d.Courier.AdminKey, http.MethodPost, "/admin/deliveries/"+id+"/resend", `{"channel":"sms"}`, nil)
			}
			Expect(resend()).To(Equal(http.StatusOK))
			sms := d.expectMessage(ctx, message.To, client.SMS, 1)
			Expect(sms.Code).To(Equal(message.Code))
			d.expectDelivery(ctx, id, attempts(client.WhatsApp, client.SMS))
			Expect(resend()).To(Equal(http.StatusConflict))
			d.expectCount(ctx, message.To, client.SMS, 1)
		})

		It("see what a number has left and when it frees, and reset it", Label("OPS-2"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			phone := d.Numbers.Next()
			left := func() (left int, frees time.Time) {
				GinkgoHelper()
				var got struct {
					Limits []struct {
						Name    string    `json:"name"`
						Left    int       `json:"left"`
						FreesAt time.Time `json:"frees_at"`
					} `json:"limits"`
				}
				Expect(tellOperators(ctx, d.Courier, d.Courier.AdminKey, http.MethodPost, "/admin/limits/search", aboutNumber(phone), &got)).To(Equal(http.StatusOK))
				Expect(got.Limits[0].Name).To(Equal("number"))
				return got.Limits[0].Left, got.Limits[0].FreesAt
			}
			before := time.Now()
			for n := range perNumber {
				free, _ := left()
				Expect(free).To(Equal(perNumber - n))
				d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended())
			}
			free, frees := left()
			Expect(free).To(BeZero())
			Expect(frees).To(BeTemporally("~", before.Add(10*time.Minute), time.Minute))
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			Expect(tellOperators(ctx, d.Courier, d.Courier.AdminKey, http.MethodPost, "/admin/limits/reset", aboutNumber(phone), nil)).To(Equal(http.StatusNoContent))
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, perNumber+1)
		})

		It("forget a number, but not that it wants no messages", Label("OPS-2"), limit, func(ctx SpecContext) {
			finished, pending := s.Numbers.Next(), s.Numbers.Next()
			done := s.post(ctx, login6(finished))
			s.expectDelivery(ctx, done, ended())
			s.switchOff(ctx, pending)
			live := s.post(ctx, login6(pending))
			s.expectDelivery(ctx, live, state("sent"))
			for _, phone := range []string{finished, pending} {
				Expect(tellOperators(ctx, s.Courier, s.Courier.AdminKey, http.MethodPut, "/admin/denied-numbers", aboutNumber(phone), nil)).To(Equal(http.StatusNoContent))
				Expect(tellOperators(ctx, s.Courier, s.Courier.AdminKey, http.MethodPost, "/admin/forget", aboutNumber(phone), nil)).To(Equal(http.StatusOK))
				var theirs page
				Expect(tellOperators(ctx, s.Courier, s.Courier.AdminKey, http.MethodPost, "/admin/deliveries/search", aboutNumber(phone), &theirs)).To(Equal(http.StatusOK))
				Expect(theirs.Deliveries).To(BeEmpty())
			}
			s.expectDelivery(ctx, done, ended(), HaveField("To", BeEmpty()))
			s.expectDelivery(ctx, live, state("cancelled"), HaveField("To", BeEmpty()))
			s.expectOnly(ctx, pending, client.SMS, 0)
			s.expectDelivery(ctx, s.post(ctx, login6(finished)), state("suppressed"), HaveField("Reason", "number_denied"))
		})

		It("look with a read-only key, and change nothing with it", Label("OPS-2"), limit, func(ctx SpecContext) {
			readOnly := testkit.Secret()
			d := s.deploy(ctx, func(c testkit.Config) {
				full, _ := c.Get("admin.api_keys").([]string)
				c.Set("admin.api_keys", []any{full[0], map[string]string{"name": "dashboard", "role": "read", "key": readOnly}})
			})
			id, message := d.sendOnly(ctx)
			Expect(tellOperators(ctx, d.Courier, readOnly, http.MethodGet, "/admin/deliveries/"+id, "", nil)).To(Equal(http.StatusOK))
			Expect(tellOperators(ctx, d.Courier, readOnly, http.MethodPost, "/admin/deliveries/search", aboutNumber(message.To), nil)).To(Equal(http.StatusOK))
			for path, body := range map[string]string{
				"/admin/deliveries/" + id + "/cancel": "", "/admin/deliveries/" + id + "/resend": `{"channel":"sms"}`,
				"/admin/limits/reset": aboutNumber(message.To), "/admin/forget": aboutNumber(message.To),
			} {
				Expect(tellOperators(ctx, d.Courier, readOnly, http.MethodPost, path, body, nil)).To(Equal(http.StatusForbidden), path)
			}
			d.expectDelivery(ctx, id, state("sent"))
			Expect(d.Courier.LogTail(100)).To(And(ContainSubstring("role read"), Not(ContainSubstring(readOnly))))
		})

		It("see the time of every step, in order", Label("OPS-2"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.switchOff(ctx, phone)
			before := time.Now()
			id := s.post(ctx, login6(phone))
			seen := s.expectDelivery(ctx, id, ended(), attempts(client.WhatsApp, client.SMS))
			whatsApp, sms := seen.Attempts[0], seen.Attempts[1]
			// The courier's clock is not ours: on PostgreSQL it is the database's, as far as a
			// round trip tells.
			const apart = time.Second
			timeline := []time.Time{
				before.Add(-apart), seen.AcceptedAt, whatsApp.StartedAt, whatsApp.AcceptedAt, sms.StartedAt, sms.AcceptedAt, seen.EndedAt, time.Now().Add(apart),
			}
			for i := 1; i < len(timeline); i++ {
				// The database keeps microseconds.
				Expect(timeline[i]).To(BeTemporally(">=", timeline[i-1].Truncate(time.Microsecond)), "step %d", i)
			}
			Expect(whatsApp).To(And(state("sent"), HaveField("Provider", "meta"), HaveField("SentAt", Not(BeZero())), HaveField("DeliveredAt", BeZero())))
			Expect(sms.Provider).To(Equal("twilio"))
			Expect(seen.ExpiresAt).To(BeTemporally(">", seen.AcceptedAt))
		})

		It("read reports that agree with what the phones got", Label("OPS-2"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("reports.prices", []any{
					map[string]any{"channel": "whatsapp", "price": 0.01}, map[string]any{"channel": "sms", "country": "US", "price": 0.5},
				})
			})
			used, refused, flooded := d.Numbers.Next(), d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, refused, notOnWhatsApp)
			sent := []string{d.post(ctx, login6(used)), d.post(ctx, login6(refused))}
			for range perNumber {
				sent = append(sent, d.post(ctx, login6(flooded)))
			}
			for _, id := range sent {
				d.expectDelivery(ctx, id, ended())
			}
			d.expectDelivery(ctx, d.post(ctx, login6(flooded)), state("suppressed"))
			d.postLogin(ctx, used)

			onWhatsApp := len(must(d.Mock.Messages(ctx, client.Filter{Channel: client.WhatsApp})))
			bySMS := len(must(d.Mock.Messages(ctx, client.Filter{Channel: client.SMS})))
			Expect([]int{onWhatsApp, bySMS}).To(Equal([]int{1 + perNumber, 1}))
			for by, keys := range map[string][]string{"day": nil, "hour": nil, "country": {"US"}, "channel": {"sms", "whatsapp"}, "purpose": {"login"}} {
				var got reported
				Expect(askOperators(ctx, d.Courier, "/admin/reports?by="+by, &got)).To(Equal(http.StatusOK), by)
				Expect(got.Total).To(Equal(reportedTotal{
					Messages: len(sent), Suppressed: 1, Sent: len(sent), Delivered: onWhatsApp, Used: 1, Fallback: 1,
					Cost: 0.01*float64(onWhatsApp) + 0.5*float64(bySMS),
				}), by)
				if keys != nil {
					Expect(got.keys()).To(Equal(keys), by)
				}
				if by == "channel" {
					Expect(got.Lines).To(HaveExactElements(HaveField("Sent", bySMS), HaveField("Sent", onWhatsApp)))
				}
			}
		})

		It("see when an old secret is no longer needed", Label("OPS-2"), limit, func(ctx SpecContext) {
			var config testkit.Config
			before, after := testkit.Secret(), testkit.Secret()
			d := s.deploy(ctx, func(c testkit.Config) {
				config = c
				c.Set("secrets.cipher", []string{before})
			})
			const deliveries = 2
			// They are counted at the start and then from time to time.
			expectOldKeys := func(count int) {
				GinkgoHelper()
				Eventually(func() *int {
					var status struct {
						OldKeys *int `json:"deliveries_under_old_keys"`
					}
					Expect(askOperators(ctx, d.Courier, "/admin/status", &status)).To(Equal(http.StatusOK))
					return status.OldKeys
				}).WithContext(ctx).Should(HaveValue(Equal(count)))
			}
			restart := func() {
				GinkgoHelper()
				d.stopAndRestart(ctx)
			}
			expectOldKeys(0)
			for range deliveries {
				d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), ended())
			}
			config.Set("secrets.cipher", []string{after, before})
			restart()
			expectOldKeys(deliveries)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), ended())
			restart()
			expectOldKeys(deliveries) // What is new is sealed under the first secret.
		})

		It("see when a message was accepted, delivered and read", Label("OPS-2"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			s.expectReport(ctx, message.ID, "read")
			seen := s.expectDeliveryTo(ctx, person.Phone, 1, state("read"), attempts(client.WhatsApp))
			Expect(seen.TemplateType).To(Equal("login_code_valid"))
			attempt := seen.Attempts[0]
			Expect(attempt.AcceptedAt).To(BeTemporally(">=", attempt.StartedAt), "acceptance after the start")
			Expect(attempt.DeliveredAt).NotTo(BeZero(), "time of the delivery")
			Expect(attempt.ReadAt).NotTo(BeZero(), "time of the reading")
		})
	})

	Describe("the security event", func() {
		It("'I didn't request a code' cancels the delivery and is shown to operators", Label("OPS-2"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			s.expectDelivery(ctx, id, state("sent"))
			before := s.metric(ctx, "security_events_total", `alert="not_requested"`)
			Expect(s.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
			s.expectDelivery(ctx, id, HaveField("Alert", "not_requested"), state("cancelled"))
			s.expectOnly(ctx, message.To, client.SMS, 0)
			Eventually(func() float64 { return s.metric(ctx, "security_events_total", `alert="not_requested"`) }).WithContext(ctx).
				Should(BeNumerically(">", before))
		})

		It("'identity changed' stops the code on every channel", Label("OPS-2", "RTY-5"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.failNextSend(ctx, phone, identityChanged)
			id := s.post(ctx, login6(phone))
			s.expectDelivery(ctx, id, HaveField("Alert", "identity_changed"), state("failed"), attempts(client.WhatsApp))
			s.expectOnly(ctx, phone, "", 0)
		})
	})
}
