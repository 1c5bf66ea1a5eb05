package courier

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// silent is a phone that never confirms a message.
func silent(w *world) string {
	w.post(ann, "314159", nil)
	w.pass(2 * time.Minute)
	return w.seen()
}

// limited posts more codes than one number gets.
func limited(w *world) string {
	answer := w.codes(ann, 4)
	return fmt.Sprint(answer.Code, answer.Header(), len(w.whatsApp))
}

func toAnn(int) string { return ann }

// TestEachFaultIsSeen compares what happens with and without each fault: without, it
// is what the requirements say.
func TestEachFaultIsSeen(t *testing.T) {
	t.Parallel()
	scenes := map[Fault]struct {
		right  string
		scene  func(w *world) string
		change func(*Options)
	}{
		noFallback:        {right: "1 WhatsApp, 1 SMS", scene: silent},
		fallbackTwice:     {right: "1 WhatsApp, 1 SMS", scene: silent},
		fallbackTwiceLate: {right: "1 WhatsApp, 1 SMS", scene: silent},
		fallbackAfterDelivery: {right: "1 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.post(ann, "314159", nil)
			w.pass(time.Second)
			w.report("wamid.1", "delivered", ann[1:])
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		ignoresFailed: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.post(ann, "314159", nil)
			w.pass(time.Second)
			w.report("wamid.1", "failed", ann[1:])
			w.pass(time.Second)
			return w.seen()
		}},
		sentIsDelivered: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.post(ann, "314159", nil)
			w.pass(time.Second)
			w.report("wamid.1", "sent", ann[1:])
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		noOverallLimit: {right: "1 SMS", scene: func(w *world) string {
			w.refusing(http.StatusBadRequest, 130429, 1000)
			w.post(ann, "314159", nil)
			w.pass(w.o.Overall + time.Second)
			return fmt.Sprint(len(w.sms), " SMS")
		}},
		retriesPermanent: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.refusing(http.StatusBadRequest, 131026, 1000)
			return silent(w)
		}},
		retriesForEver: {right: "5 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.refusing(http.StatusInternalServerError, 131016, 1000)
			return silent(w)
		}},
		repeatsUnknown: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.refusing(0, 0, 1000)
			return silent(w)
		}},
		sendsEveryRetry: {right: "1", scene: func(w *world) string {
			w.atOnce(18, toAnn, map[string]any{"login_code": "314159"})
			w.pass(time.Second)
			return fmt.Sprint(len(w.whatsApp))
		}},
		answers429:       {right: "204 map[] 3", scene: limited},
		retryAfterHeader: {right: "204 map[] 3", scene: limited},
		noLimit:          {right: "204 map[] 3", scene: limited},
		passesOn502: {right: "204", scene: func(w *world) string {
			w.refusing(http.StatusBadRequest, 131026, 1000)
			return fmt.Sprint(w.post(ann, "314159", nil).Code)
		}},
		slowAnswer: {right: "0s", scene: func(w *world) string {
			began := time.Now()
			w.post(ann, "314159", nil)
			return time.Since(began).String()
		}},
		limitRacy: {right: "3", scene: func(w *world) string {
			w.atOnce(20, toAnn, nil)
			w.pass(time.Second)
			return fmt.Sprint(len(w.whatsApp))
		}},
		limitLostOnRestart: {right: "3", scene: func(w *world) string {
			w.codes(ann, 3)
			w.restart()
			w.codes(ann, 4)
			return fmt.Sprint(len(w.whatsApp))
		}},
		limitHitsNeighbours: {right: "4", scene: func(w *world) string {
			w.codes(ann, 4)
			w.codes(bob, 1)
			return fmt.Sprint(len(w.whatsApp))
		}},
		fixedWindow: {right: "4", scene: func(w *world) string {
			w.codes(ann, 4)
			w.pass(w.o.Window)
			w.post(ann, "314159", nil)
			w.pass(time.Second)
			return fmt.Sprint(len(w.whatsApp))
		}},
		budgetStopsWhatsApp: {right: "1 WhatsApp, 1 SMS", change: func(o *Options) { o.MaxSMS = 1 }, scene: func(w *world) string {
			w.post(ann, "314159", sms())
			w.pass(time.Second)
			w.post(bob, "271828", nil)
			w.pass(time.Second)
			return w.seen()
		}},
		budgetRacy: {right: "1", change: func(o *Options) { o.MaxSMS = 1 }, scene: func(w *world) string {
			w.atOnce(5, func(i int) string { return fmt.Sprintf("+120255501%02d", i) }, sms())
			w.pass(time.Second)
			return fmt.Sprint(len(w.sms))
		}},
		servesRefusedCountry: {right: "0 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.post(brit, "314159", nil)
			w.pass(time.Minute)
			return w.seen()
		}},
		dropsOn130429: {right: "2 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.refusing(http.StatusBadRequest, 130429, 1)
			return silent(w)
		}},
		sendsExpiredCode:    {right: "0 WhatsApp, 0 SMS", change: func(o *Options) { o.MinRest = o.Life }, scene: silent},
		fallbackAfterExpiry: {right: "1 WhatsApp, 0 SMS", change: func(o *Options) { o.Life = o.After }, scene: silent},
		oldSMSAfterResend: {right: "2 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.post(ann, "271828", nil)
			w.pass(5 * time.Second)
			return silent(w)
		}},
		lateOlderEndsNewer: {right: "[{+12025550143 314159  0}]", scene: func(w *world) string {
			w.post(ann, "271828", nil)
			w.pass(time.Second)
			silent(w)
			return fmt.Sprint(w.sms)
		}},
		ignoresEvents: {right: "1 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.post(ann, "271828", nil)
			w.pass(time.Second)
			w.event(ann)
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		eventsCancelEveryone: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.post(ann, "271828", nil)
			w.pass(time.Second)
			w.event(bob)
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		noSignatureCheck: {right: "401", scene: func(w *world) string {
			return fmt.Sprint(w.ask(w.c.public(), http.MethodPost, "/webhook", "{}").Code)
		}},
		signatureOverParsed: {right: "200", scene: func(w *world) string {
			return fmt.Sprint(w.signed(`{"name":"J\u00e4rvi \/ \ud83d\ude00"}`))
		}},
		echoWithoutToken: {right: "403 ", scene: func(w *world) string {
			answer := w.ask(w.c.public(), http.MethodGet, "/webhook?hub.mode=subscribe&hub.verify_token=x&hub.challenge=42", "")
			return fmt.Sprint(answer.Code, " ", answer.Body)
		}},
		unknownStatus404: {right: "200", scene: func(w *world) string { return fmt.Sprint(w.report("wamid.unknown", "sent", ann[1:])) }},
		countLimit: {right: "200", scene: func(w *world) string {
			statuses := strings.Repeat(`{"id":"wamid.x"},`, 1000) + `{"id":"wamid.x"}`
			return fmt.Sprint(w.signed(`{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"15550100"},"statuses":[` + statuses + `]}}]}]}`))
		}},
		answersBeforeDisk: {right: "1 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.post(ann, "314159", nil)
			w.pass(time.Second)
			w.report("wamid.1", "delivered", ann[1:])
			w.restart()
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		stateGoesBack: {right: "1 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.post(ann, "314159", nil)
			w.pass(time.Second)
			w.report("wamid.1", "delivered", ann[1:])
			w.report("wamid.1", "sent", ann[1:])
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		losesEarlyStatus: {right: "1 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.meta = func(int) (int, string) {
				w.signed(fmt.Sprintf(`{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"15550100"},"statuses":[
					{"id":"wamid.1","status":"delivered","biz_opaque_callback_data":%q}]}}]}]}`, w.onlyID()))
				return http.StatusOK, ""
			}
			return silent(w)
		}},
		regexpOverText: {right: "AB7-KX9", scene: func(w *world) string {
			w.post(ann, "AB7-KX9", nil)
			w.pass(time.Second)
			return w.whatsApp[0].code
		}},
		codeOnlyInBody:      {right: "{+12025550143 314159 en_US 2}", scene: firstMessage(nil)},
		toWithoutPlus:       {right: "{+12025550143 314159 en_US 2}", scene: firstMessage(nil)},
		defaultLanguageOnly: {right: "{+12025550143 314159 de 2}", scene: firstMessage(map[string]any{"transient_payload": map[string]any{"locale": "de-AT"}})},
		loginOnly: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.post(ann, "", map[string]any{"verification_code": "314159"})
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		waIDAsKey: {right: "1 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.post(bruna, "314159", nil)
			w.pass(time.Second)
			w.report("wamid.1", "delivered", "558588887777")
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		forgetsAbsent: {right: "1 WhatsApp, 2 SMS", scene: func(w *world) string {
			w.refusing(http.StatusBadRequest, 131026, 1000)
			w.codes(ann, 2)
			return w.seen()
		}},
		noBreaker: {right: "1 WhatsApp, 2 SMS", scene: func(w *world) string {
			w.refusing(http.StatusUnauthorized, 190, 1000)
			w.codes(ann, 1)
			w.codes(bob, 1)
			return w.seen()
		}},
		breakerNeverCloses: {right: "2 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.refusing(http.StatusUnauthorized, 190, 1)
			w.codes(ann, 1)
			w.pass(w.o.Probe)
			w.codes(bob, 1)
			return w.seen()
		}},
		notReadyWithoutMeta: {right: "200", scene: func(w *world) string {
			w.refusing(http.StatusUnauthorized, 190, 1)
			w.codes(ann, 1)
			return fmt.Sprint(w.ask(w.c.private(), http.MethodGet, "/health/ready", "").Code)
		}},
		languageFaultIsFinal: {right: "2 WhatsApp, 0 SMS", scene: func(w *world) string {
			w.refusing(http.StatusNotFound, 132001, 1)
			w.codes(ann, 1)
			return w.seen()
		}},
		ignoresChannel: {right: "0 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.post(ann, "314159", sms())
			w.pass(time.Second)
			return w.seen()
		}},
		losesOnKill: {right: "1 WhatsApp, 1 SMS", scene: func(w *world) string {
			w.codes(ann, 1)
			w.restart()
			w.pass(2 * time.Minute)
			return w.seen()
		}},
		codeInLog:   {right: "", scene: func(w *world) string { silent(w); return w.log.String() }},
		numberInLog: {right: "", scene: func(w *world) string { silent(w); return w.log.String() }},
		codeInFile: {right: "false", scene: func(w *world) string {
			silent(w)
			found := false
			files, _ := filepath.Glob(filepath.Join(filepath.Dir(w.o.Journal), "*"))
			for _, file := range files {
				text, _ := os.ReadFile(file)
				found = found || bytes.Contains(text, []byte("314159"))
			}
			return fmt.Sprint(found)
		}},
		noKeyNeeded: {right: "401", scene: func(w *world) string {
			return fmt.Sprint(w.ask(w.c.private(), http.MethodPost, "/messages", "{}", "X-API-Key", "another").Code)
		}},
		adminOnPublic: {right: "404", scene: func(w *world) string {
			return fmt.Sprint(w.ask(w.c.public(), http.MethodPost, "/messages", "{}").Code)
		}},
		crashOnDeepJSON: {right: "400 0", scene: func(w *world) string {
			answer := w.ask(w.c.private(), http.MethodPost, "/messages", strings.Repeat(`{"a":`, 100_000), "X-API-Key", "the key")
			return fmt.Sprint(answer.Code, w.exits)
		}},
	}
	for _, fault := range Faults() {
		scene, ok := scenes[fault]
		require.True(t, ok, "a scene for %s", fault)
		for _, with := range []Fault{"", fault} {
			t.Run(string(fault)+"/"+string(with), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, with, scene.change)
					got := scene.scene(w)
					w.stop()
					if with == "" {
						require.Equal(t, scene.right, got)
					} else {
						require.NotEqual(t, scene.right, got)
					}
				})
			})
		}
	}
	require.Len(t, scenes, len(Faults()))
}

func TestTheFaultsAreListedAndChosenByName(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(Faults()), 50)
	var out bytes.Buffer
	require.NoError(t, Main(t.Context(), []string{"--list-faults"}, &out))
	for _, f := range Faults() {
		parsed, err := ParseFault(string(f))
		require.NoError(t, err)
		require.Equal(t, f, parsed)
		require.Contains(t, strings.Fields(out.String()), string(f))
	}
	require.ErrorContains(t, Main(t.Context(), []string{"--fault", "no-such"}, &out), `--fault: there is no fault "no-such"; there are: no-fallback, `)
	require.ErrorContains(t, Main(t.Context(), []string{"--fault", "no-limit"}, &out), "missing: --app-secret, --journal, --kratos-key")
}

func sms() map[string]any {
	return map[string]any{"transient_payload": map[string]any{"channel": "sms"}}
}

func firstMessage(more map[string]any) func(w *world) string {
	return func(w *world) string {
		w.post(ann, "314159", more)
		w.pass(time.Second)
		return fmt.Sprint(w.whatsApp[0])
	}
}

// onlyID is the id of the only delivery.
func (w *world) onlyID() string {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	for id := range w.c.deliveries {
		return id
	}
	return ""
}
