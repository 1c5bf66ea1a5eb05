package specs

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// ledger has what must never happen. Each promise is looked at once more when the
// run ends: a spec that looked on its own would have to wait, and would still not
// see what comes later.
type ledger struct {
	promises []promise
	// kept are the deployments of single specs that last until the end.
	kept []deployment
}

// promise is that a number gets no more messages on a channel.
type promise struct {
	name, spec    string // its text, without and with its labels
	of            deployment
	phone, on     string
	count         int
	nothingIsLeft time.Time // when nothing can be due any more
}

// Promise is one that was broken: the name of its spec, and how.
type Promise struct{ Spec, How string }

// lasting is a deployment that is still there when the run ends, so that its specs
// can promise something for later.
type lasting struct {
	deployment
	ledger *ledger
	// maxWait is how long a promise may be waited for that is not about SMS; 0 means
	// until an SMS could come.
	maxWait time.Duration
}

// deployLasting is deploy for a spec that makes promises.
func (s *suite) deployLasting(ctx context.Context, configure func(testkit.Config)) lasting {
	GinkgoHelper()
	return s.keep(ctx, withoutKratos(nil, configure))
}

// deployLastingWith is deployWith for a spec that makes promises.
func (s *suite) deployLastingWith(ctx context.Context, change target.Settings) lasting {
	GinkgoHelper()
	o := withoutKratos(nil, nil)
	o.Courier.Settings = change
	return s.keep(ctx, o)
}

// deployLastingWithKratos also starts Kratos. It ends with the spec: what it
// posted is with the courier then.
func (s *suite) deployLastingWithKratos(ctx context.Context, change target.Settings) lasting {
	GinkgoHelper()
	o := withKratos(nil)
	o.Courier.Settings = change
	own := s.keep(ctx, o)
	DeferCleanup(own.Kratos.Close)
	return own
}

// keep starts a deployment that lasts until the end of the run.
func (s *suite) keep(ctx context.Context, o testkit.SystemOptions) lasting {
	GinkgoHelper()
	own := s.begin(ctx, o)
	DeferCleanup(own.showLogs)
	DeferCleanup(own.record)
	s.ledger.kept = append(s.ledger.kept, own)
	return lasting{own, s.ledger, s.options.MaxWait}
}

// expectOnly expects that a number has got that many messages on a channel; an
// empty channel is any. Nothing may follow until the end of the run.
func (l lasting) expectOnly(ctx context.Context, phone, channel string, count int) {
	GinkgoHelper()
	l.expectCount(ctx, phone, channel, count)
	spec := CurrentSpecReport()
	waits(target.WaitEnd)
	left := l.deadline()
	if channel == client.SMS {
		waits(target.WaitFallback)
	} else if l.maxWait > 0 {
		left = min(left, l.maxWait) // The spec waits for nothing else of the target.
	}
	l.ledger.promises = append(l.ledger.promises, promise{
		name: spec.FullText(),
		spec: strings.Join(spec.Labels(), ", ") + ": " + spec.FullText(),
		of:   l.deployment, phone: phone, on: channel, count: count,
		nothingIsLeft: time.Now().Add(left + margin),
	})
}

// broken waits until nothing can be due any more, and says which promises were not
// kept.
func (l *ledger) broken(ctx context.Context) []string {
	GinkgoHelper()
	var broken []string
	for _, p := range l.promises {
		waitUntil(ctx, p.nothingIsLeft)
		got, err := p.of.Mock.Messages(ctx, client.Filter{To: p.phone})
		text := p.broken(got)
		if err != nil {
			text = p.spec + ": " + err.Error()
		}
		if text != "" {
			AddReportEntry(PromiseEntry, Promise{p.name, text}, ReportEntryVisibilityNever)
			broken = append(broken, text)
		}
	}
	return broken
}

// broken says how these messages to the number break the promise; "" when they do
// not.
func (p promise) broken(got []client.Message) string {
	count := 0
	for _, m := range got {
		if p.on == "" || p.on == m.Channel {
			count++
		}
	}
	if count == p.count {
		return ""
	}
	return fmt.Sprintf("%s: %d %s and no more; %s", p.spec, p.count, channelName(p.on), whatCame(got))
}
